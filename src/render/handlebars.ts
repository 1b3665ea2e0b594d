import Handlebars from 'handlebars';
import { DbctlError } from '../errors/dbctl-error.js';
import { shQuote, sqlIdent, sqlLiteral } from '../shared/quote.js';
import { hclHeredoc, hclString } from './helpers/hcl.js';

type TextHelper = (text: string) => string;

const HELPERS: Readonly<Record<string, TextHelper>> = { hclString, hclHeredoc, shQuote, sqlIdent, sqlLiteral };

/** Renders without HTML escaping, with only the escaping helpers; a value that is missing throws INTERNAL. */
export function renderTemplate(source: string, context: object): string {
  const engine = Handlebars.create();
  for (const [name, helper] of Object.entries(HELPERS)) engine.registerHelper(name, textOnly(name, helper));
  try {
    return engine.compile(source, { strict: true, noEscape: true, knownHelpersOnly: true, knownHelpers: known() })(
      context,
    );
  } catch (cause) {
    if (cause instanceof DbctlError) throw cause;
    throw new DbctlError('INTERNAL', 'a template of dbctl cannot be rendered', { cause, details: [String(cause)] });
  }
}

/** A page for browsers: every value is escaped as HTML, only the style sheet of dbctl itself is written as it is. Throws INTERNAL. */
export function renderHtml(source: string, context: object & { readonly style: string }): string {
  try {
    return Handlebars.create().compile(source, { strict: true, knownHelpersOnly: true })(context);
  } catch (cause) {
    throw new DbctlError('INTERNAL', 'a page of dbctl cannot be rendered', { cause, details: [String(cause)] });
  }
}

const known = (): Record<string, boolean> => Object.fromEntries(Object.keys(HELPERS).map((name) => [name, true]));

function textOnly(name: string, helper: TextHelper): (value: unknown) => string {
  return (value) => {
    if (typeof value === 'string') return helper(value);
    throw new DbctlError('INTERNAL', `the template helper ${name} got ${typeof value} instead of text`);
  };
}
