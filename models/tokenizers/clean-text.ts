// What CLIP does to a text before its BPE: repair, entities, white space, lower case. Of ftfy's repairs those are
// here that a typed sentence can need; text decoded by the wrong character set is left as it is.

const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  deg: '°',
  plusmn: '±',
  micro: 'µ',
  middot: '·',
  frac12: '½',
  times: '×',
  ndash: '–',
  mdash: '—',
  le: '≤',
  ge: '≥',
};

/** A text as CLIP's tokenizer looks at it. */
export function cleanText(text: string): string {
  return unescapeEntities(unescapeEntities(repair(text)))
    .replace(/[\s\u0085]+/gu, ' ')
    .trim()
    .toLowerCase();
}

function repair(text: string): string {
  return (
    text
      .replace(/[\u2018-\u201b]/gu, "'")
      .replace(/[\u201c-\u201f]/gu, '"')
      // Latin ligatures and full-width forms stand for the letters they are made of.
      .replace(/[\u0132\u0133\ufb00-\ufb06\uff01-\uff5e\u3000]/gu, (letter) => letter.normalize('NFKC'))
      .replace(/(?![\t\n\f\r\u0080-\u009f])\p{Cc}|[\u206a-\u206f\ufeff\ufff9-\ufffc]/gu, '')
      .normalize('NFC')
  );
}

function unescapeEntities(text: string): string {
  return text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]+\d*);/giu, (whole, name: string) => {
    if (!name.startsWith('#')) return named[name] ?? named[name.toLowerCase()] ?? whole;
    const point = /^#x/iu.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
