import { z } from 'zod';
import { rawInventorySchema } from './schema.js';

export type JsonSchema = { readonly [key: string]: unknown };

/** JSON Schema of `dbctl.yaml` for editors: `# yaml-language-server: $schema=…`. */
export const inventoryJsonSchema = (): JsonSchema => ({
  ...z.toJSONSchema(rawInventorySchema, { io: 'input' }),
  title: 'dbctl inventory',
});

/** The keys that are allowed at a key path, for did-you-mean. */
export const knownKeys = (schema: JsonSchema, path: readonly (string | number)[]): string[] =>
  path
    .reduce<JsonSchema[]>((nodes, segment) => nodes.flatMap((node) => children(node, segment)), [schema])
    .flatMap(alternatives)
    .flatMap((node) => Object.keys(objectAt(node, 'properties')));

const children = (schema: JsonSchema, segment: string | number): JsonSchema[] =>
  alternatives(schema).flatMap((node) => {
    const child =
      objectAt(node, 'properties')[String(segment)] ??
      (typeof segment === 'number' ? node['items'] : node['additionalProperties']);
    return isObject(child) ? [child] : [];
  });

const alternatives = (schema: JsonSchema): JsonSchema[] => {
  const options = schema['anyOf'];
  return Array.isArray(options) ? options.filter(isObject) : [schema];
};

const objectAt = (schema: JsonSchema, key: string): JsonSchema => {
  const value = schema[key];
  return isObject(value) ? value : {};
};

const isObject = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
