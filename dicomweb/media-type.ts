/** A media type with its parameters (RFC 9110 section 8.3.1); names are in lower case, values as they are. */
export interface MediaType {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Reads a Content-Type or one member of Accept; undefined where it is none. */
export function parseMediaType(text: string): MediaType | undefined {
  const [type = '', ...rest] = splitOutsideQuotes(text, ';');
  if (!/^[\w!#$&^.+*-]+\/[\w!#$&^.+*-]+$/.test(type)) return undefined;
  const parameters = new Map<string, string>();
  for (const member of rest) {
    const at = member.indexOf('=');
    if (at > 0) parameters.set(member.slice(0, at).trim().toLowerCase(), unquote(member.slice(at + 1).trim()));
  }
  return { type: type.toLowerCase(), parameters };
}

/** Reads an Accept header, most wanted first; what is refused with q=0 or cannot be read is left out. Without a header everything is welcome. */
export function parseAccept(header: string | undefined): readonly MediaType[] {
  const members = splitOutsideQuotes(header?.trim() || '*/*', ',').map(parseMediaType);
  const readable = members.filter((member) => member !== undefined && quality(member) > 0) as MediaType[];
  return readable.toSorted((a, b) => quality(b) - quality(a));
}

function quality({ parameters }: MediaType): number {
  const q = Number(parameters.get('q') ?? 1);
  return Number.isFinite(q) ? q : 1;
}

function splitOutsideQuotes(text: string, separator: ',' | ';'): readonly string[] {
  const members: string[] = [];
  let [member, quoted] = ['', false];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]!;
    if (character === '"') quoted = !quoted;
    if (quoted && character === '\\') {
      member += text.slice(at, at + 2);
      at += 1;
    } else if (character === separator && !quoted) {
      members.push(member.trim());
      member = '';
    } else member += character;
  }
  return [...members, member.trim()];
}

function unquote(text: string): string {
  return text.startsWith('"') && text.endsWith('"') && text.length > 1
    ? text.slice(1, -1).replace(/\\(.)/g, '$1')
    : text;
}
