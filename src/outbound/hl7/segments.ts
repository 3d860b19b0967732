import type { Code } from '#domain/code';

// Encoding of HL7 v2 messages (v2.5.1 chapter 2.5 to 2.7, 2.A). A field that is built here is escaped already.

const escapes: Readonly<Record<string, string>> = { '\\': 'E', '|': 'F', '^': 'S', '&': 'T', '~': 'R' };

/** Text as a field or component may hold it. Control characters, which would end a segment or the message, become blanks. */
export function escaped(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').replace(/[\\|^&~]/g, (one) => `\\${escapes[one]}\\`);
}

/** A field of several components; empty ones at the end are left out. */
export function components(...parts: readonly string[]): string {
  return parts.map(escaped).join('^').replace(/\^+$/, '');
}

/** A field that repeats. */
export function repeated(fields: readonly string[]): string {
  return fields.join('~');
}

/** CWE: our scheme designators are those of table 0396, or local ones, which begin with 99 there too. */
export function coded({ value, meaning, scheme }: Code): string {
  return components(value, meaning, scheme);
}

/** A segment of fields by their number; those between are empty. */
export function segment(name: string, fields: Readonly<Record<number, string>>): string {
  const last = Math.max(...Object.keys(fields).map(Number));
  return [name, ...Array.from({ length: last }, (_, index) => fields[index + 1] ?? '')].join('|').replace(/\|+$/, '');
}

/** MSH counts the separator as its first field. */
export function header(fields: Readonly<Record<number, string>>): string {
  const rest = Object.entries(fields).map(([number, field]) => [Number(number) - 1, field] as const);
  return segment('MSH', { 1: '^~\\&', ...Object.fromEntries(rest) });
}

/** TS from ISO 8601 with an offset. */
export function timestamp(iso: string): string {
  return iso.replace(
    /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,4}))?\d*(.*)$/,
    (...[, y, m, d, h, min, s, fraction, offset]) => {
      const [zone, part] = [offset === 'Z' ? '+0000' : String(offset).replace(':', ''), fraction as string | undefined];
      return `${String(y)}${String(m)}${String(d)}${String(h)}${String(min)}${String(s)}${part === undefined ? '' : `.${part}`}${zone}`;
    },
  );
}
