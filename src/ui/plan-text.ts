import type { Finding, Plan, ServicePlan } from '../plan/types.js';
import { paint, type Style, symbols } from './style.js';
import { bytes, field, grouped, masked, plural, safe, widthOf, wrap } from './text.js';

const PAD = 9;
const FINDING_INDENT = PAD + 3;

/** The plan for people. Signs: `+` comes, `~` changes, `=` stays. */
export const planText = (plan: Plan, style: Style): string => {
  const { dot } = symbols(style);
  const head = `${paint(style).bold('Plan')}  ${safe(plan.inventory.path)} ${dot} ${plural(plan.services.length, 'service')}`;
  const nameWidth = Math.max(0, ...plan.services.map(({ service }) => service.length));
  return [head, ...plan.services.map((service) => serviceText(service, nameWidth, style)), summary(plan, style)].join(
    '\n\n',
  );
};

const serviceText = (plan: ServicePlan, nameWidth: number, style: Style): string => {
  const colour = paint(style);
  const where =
    plan.job.group === ''
      ? `job ${plan.job.id}`
      : `job ${plan.job.id}, group ${plan.job.group}${plan.node.name === '' ? '' : `, on ${plan.node.name}`}`;
  const head = `${colour.bold(plan.service.padEnd(nameWidth))}  ${stateWord(plan.state, style)}  ${safe(where)}`;
  const body =
    plan.state === 'done' ? doneLines(plan, style) : plan.source.databases.length === 0 ? [] : moveLines(plan, style);
  return [head, ...body, ...plan.findings.map((finding) => findingText(finding, style))].join('\n');
};

const stateWord = (state: ServicePlan['state'], style: Style): string => {
  const colour = paint(style);
  const words = { migrate: colour.cyan('migrate'), done: colour.green('done   '), blocked: colour.red('blocked') };
  return words[state];
};

const line = (label: string, text: string, style: Style): string =>
  field(label, text, { width: widthOf(style), pad: PAD, show: paint(style).dim });

const doneLines = ({ target, placement }: ServicePlan, style: Style): string[] => [
  line('= at', safe(`${placement.address}  PostgreSQL ${target.major}, volume ${target.volume.source}`), style),
];

const moveLines = (plan: ServicePlan, style: Style): string[] => {
  const { source, target, placement, adds, node } = plan;
  const { dot } = symbols(style);
  return [
    line(
      'from',
      safe(
        `${source.job} at ${source.address}:${source.port} ${dot} PostgreSQL ${version(source.serverVersion)} ${dot} role ${source.role}`,
      ),
      style,
    ),
    ...source.databases.map(({ name, sizeBytes, tables }, index) =>
      line(index === 0 ? 'databases' : '', safe(`${name}  ${bytes(sizeBytes)}, ${plural(tables, 'table')}`), style),
    ),
    line(
      'to',
      safe(
        `${placement.address}, ${placement.kind.replace('-', ' ')} ${dot} ${target.image ?? `PostgreSQL ${target.major} of the node`} (${target.driver})`,
      ),
      style,
    ),
    line('why', placement.why, style),
    line(
      '+ tasks',
      `${target.task}, ${target.toolbox} ${dot} at start only: ${[target.initTask, ...(target.placement === 'own-job' ? [] : [target.gateTask])].join(', ')}`,
      style,
    ),
    line(
      '+ volumes',
      safe(`${target.volume.source} (${target.volume.kind}) ${dot} ${target.backupVolume.source} for dumps`),
      style,
    ),
    ...backupLines(target, style),
    ...settingLines(plan, style),
    line('= secret', safe(`${target.vault.path}, key ${target.vault.key}: kept`), style),
    line(
      'needs',
      `${grouped(adds.cpu)} MHz, ${grouped(adds.memory)} MiB, ${plural(adds.containers, 'task')} more ${dot} free on ${safe(node.name)}: ${grouped(node.free.cpu)} MHz, ${grouped(node.free.memory)} MiB`,
      style,
    ),
    ...plan.nomadPlan.summary.map((text) => line('nomad', safe(text), style)),
  ];
};

/** A plan of an older version says nothing about it. */
const backupLines = ({ backup }: ServicePlan['target'], style: Style): string[] => {
  if (backup === undefined) return [];
  const { dot } = symbols(style);
  const { schedule, zone, keep, offsite, recipients } = backup;
  const kept = Object.entries(keep).map(([kind, number]) => `${number} ${kind}`);
  const copies = offsite.map(({ name, remotePath }) => `${name} (${remotePath})`).join(', ');
  const away = `copies at ${copies}${recipients.length > 0 ? ', encrypted' : ', not encrypted'}`;
  return [
    line('+ backups', safe(`${schedule} ${zone} ${dot} keeps ${kept.join(', ')}`), style),
    line('', safe(offsite.length === 0 ? 'on this node only' : away), style),
  ];
};

const settingLines = ({ app }: ServicePlan, style: Style): string[] => {
  const pad = Math.max(0, ...app.settings.map(({ key }) => key.length));
  const { arrow } = symbols(style);
  const several = app.tasks.length > 1;
  return app.settings.map(({ task, key, from, to }, index) => {
    const text = `${several ? `${task}: ` : ''}${key.padEnd(pad)}  ${from} ${arrow} ${to}`;
    return line(index === 0 ? '~ app' : '', masked(text), style);
  });
};

/** 160004 → `16.4`. */
const version = (number: number): string => `${Math.floor(number / 10_000)}.${number % 10_000}`;

const findingText = (finding: Finding, style: Style): string => {
  const colour = paint(style);
  const words = { blocked: colour.red('blocked'), warn: colour.yellow('warn   '), info: colour.dim('note   ') };
  const width = widthOf(style);
  const text = `  ${words[finding.level]}   ${wrap(`${masked(finding.text)}  [${finding.code}]`, width, FINDING_INDENT)}`;
  return finding.next === undefined
    ? text
    : `${text}\n${' '.repeat(FINDING_INDENT)}${colour.dim(`next: ${wrap(masked(finding.next), width, FINDING_INDENT + 6)}`)}`;
};

const summary = (plan: Plan, style: Style): string => {
  const count = (state: ServicePlan['state']): number =>
    plan.services.filter((service) => service.state === state).length;
  const first = plan.services.find(({ state }) => state === 'migrate');
  const counts = `${count('migrate')} to migrate, ${count('done')} done, ${count('blocked')} blocked`;
  const next =
    first === undefined
      ? []
      : [`Next: dbctl migrate ${first.service} --rehearse   then: dbctl migrate ${first.service}`];
  return [`${paint(style).bold('Total')} ${counts}. Nothing was changed.`, ...next].join('\n');
};
