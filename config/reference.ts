import { z } from 'zod';
import { schema } from './schema.ts';

interface Described {
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Described>>;
  readonly items?: Described;
  readonly oneOf?: readonly Described[];
  readonly anyOf?: readonly Described[];
}

/** Every setting as a Markdown table: where it stands, what it is without you, what it means. */
export function settingsTable(): string {
  const described = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Described;
  const rows = Object.entries(described.properties ?? {}).flatMap(([name, setting]) => rowsOf(name, setting));
  return ['| setting | default | what it does |', '|---|---|---|', ...rows].join('\n');
}

function rowsOf(path: string, setting: Described): readonly string[] {
  const row = `| \`${path}\` | ${fallback(setting)} | ${meaning(setting)} |`;
  const { properties, items } = setting;
  if (properties) return Object.entries(properties).flatMap(([name, inner]) => rowsOf(`${path}.${name}`, inner));
  if (items?.properties) return [row, ...rowsOf(`${path}[]`, items)];
  const kinds = (items?.oneOf ?? items?.anyOf ?? []).filter((kind) => kind.properties);
  return [row, ...kinds.flatMap((kind) => rowsOf(`${path}[${String(kind.properties?.['kind']?.const)}]`, kind))];
}

function fallback({ default: value, oneOf, anyOf }: Described): string {
  if (value === undefined) return oneOf || anyOf ? '' : 'none';
  return `\`${JSON.stringify(value)}\``;
}

function meaning(setting: Described): string {
  if (setting.const !== undefined) return `Always ${code(setting.const)}: this kind.`;
  const choices = setting.enum ?? setting.items?.enum;
  const kinds = (setting.oneOf ?? setting.anyOf ?? []).flatMap(({ properties }) =>
    properties ? [shape(properties)] : [],
  );
  return [setting.description ?? '', choices && `One of ${choices.map(code).join(', ')}.`, kinds.join(', or ')]
    .filter((part) => part !== undefined && part !== '')
    .join(' ')
    .replaceAll('|', '\\|');
}

function shape(properties: Readonly<Record<string, Described>>): string {
  const fields = Object.entries(properties).map(([name, { const: value }]) =>
    value === undefined ? name : `${name}: ${JSON.stringify(value)}`,
  );
  return `\`{ ${fields.join(', ')} }\``;
}

function code(value: unknown): string {
  return `\`${String(value)}\``;
}
