// The characters U+00A0 to U+00FF by their names in HTML, in order; these, and the few below, hold without a semicolon too.
const latin1 = `nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3
  acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig
  Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave
  Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave
  iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml`;
const withoutSemicolon = new Map([
  ...latin1.split(/\s+/u).map((name, place): [string, string] => [name, String.fromCodePoint(0xa0 + place)]),
  ...Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', AMP: '&', LT: '<', GT: '>', QUOT: '"' }),
  ...Object.entries({ COPY: '©', REG: '®' }),
]);
/** What else may stand in a report: punctuation, signs and Greek letters. HTML 5 has two thousand more. */
const others: Readonly<Record<string, string>> = {
  apos: "'",
  ndash: '–',
  mdash: '—',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  bull: '•',
  hellip: '…',
  prime: '′',
  Prime: '″',
  euro: '€',
  trade: '™',
  le: '≤',
  ge: '≥',
  ne: '≠',
  minus: '−',
  asymp: '≈',
  infin: '∞',
  radic: '√',
  sum: '∑',
  larr: '←',
  uarr: '↑',
  rarr: '→',
  darr: '↓',
  alpha: 'α',
  beta: 'β',
  gamma: 'γ',
  delta: 'δ',
  epsilon: 'ε',
  theta: 'θ',
  lambda: 'λ',
  mu: 'μ',
  pi: 'π',
  rho: 'ρ',
  sigma: 'σ',
  tau: 'τ',
  phi: 'φ',
  omega: 'ω',
  Delta: 'Δ',
  Sigma: 'Σ',
  Omega: 'Ω',
};
const windows1252 = new TextDecoder('windows-1252');

/** Resolves entities once, as HTML 5 has it; `shouting`: names in capitals too, as ftfy has it. */
export function unescapeEntities(text: string, { shouting = false } = {}): string {
  const reference = shouting ? /&(#?[0-9a-z]{1,24});/giu : /&(#x[0-9a-f]+;?|#[0-9]+;?|[^\t\n\f <&#;]{1,32};?)/giu;
  return text.replace(reference, (whole, found: string) => {
    const name = found.replace(/;$/u, '');
    if (name.startsWith('#')) return numbered(name.slice(1)) ?? whole;
    const character = withoutSemicolon.get(name) ?? (whole.endsWith(';') ? others[name] : undefined);
    if (character !== undefined) return character;
    return shouting ? (inCapitals(name) ?? whole) : (beginning(found) ?? whole);
  });
}

/** The character of a number, `39` or `x27`, as far as HTML allows it. */
function numbered(digits: string): string | undefined {
  if (!/^(?:x[0-9a-f]+|[0-9]+)$/iu.test(digits)) return undefined;
  const point = Number(/^x/iu.test(digits) ? `0${digits}` : digits);
  if (point === 0 || (point >= 0xd800 && point <= 0xdfff) || point > 0x10ffff) return '\ufffd';
  if (point >= 0x80 && point <= 0x9f) return windows1252.decode(Uint8Array.of(point));
  if (point === 0x0d) return '\r';
  const character = String.fromCodePoint(point);
  const isForbidden = /(?![\t\n\f\r])\p{Cc}|\p{Noncharacter_Code_Point}/u.test(character);
  return isForbidden ? '' : character;
}

function inCapitals(name: string): string | undefined {
  const small = name.toLowerCase();
  if (name !== small.toUpperCase()) return undefined;
  return (withoutSemicolon.get(small) ?? others[small])?.toUpperCase();
}

/** A name that needs no semicolon at the beginning of what was found, the longest; the rest stays. */
function beginning(found: string): string | undefined {
  for (let length = found.length - 1; length > 1; length--) {
    const character = withoutSemicolon.get(found.slice(0, length));
    if (character !== undefined) return character + found.slice(length);
  }
  return undefined;
}
