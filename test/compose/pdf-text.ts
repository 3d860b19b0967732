/** The lines of a PDF as pdfkit writes it without compression, by the fonts' ToUnicode maps; glyph 0, the empty box, reads as U+FFFD. */
export function linesOf(pdf: Buffer): readonly string[] {
  const text = pdf.toString('latin1');
  const object = (id: string): string =>
    new RegExp(`(?:^|\\n)${id} 0 obj\\n([\\s\\S]*?)\\nendobj`).exec(text)?.[1] ?? '';
  const maps = new Map<string, readonly string[]>();
  for (const [, name = '', id = ''] of text.matchAll(/\/(F\d+) (\d+) 0 R/g)) {
    const unicode = /\/ToUnicode (\d+) 0 R/.exec(object(id))?.[1] ?? '';
    const ranges = [...object(unicode).matchAll(/<[0-9a-f]{4}> <[0-9a-f]{4}> \[([^\]]*)\]/g)];
    maps.set(
      name,
      ranges.flatMap(([, codes = '']) => [...codes.matchAll(/<([0-9a-f ]*)>/g)].map(([, code = '']) => said(code))),
    );
  }
  return [...text.matchAll(/\/(F\d+) [\d.]+ Tf\n\[(.*?)\] TJ/g)].map(([, font = '', shown = '']) =>
    [...shown.matchAll(/<([0-9a-f]*)>/g)]
      .flatMap(([, glyphs = '']) => glyphs.match(/.{4}/g) ?? [])
      .map((glyph) => (glyph === '0000' ? '\ufffd' : maps.get(font)?.[Number.parseInt(glyph, 16)]))
      .join(''),
  );
}

function said(code: string): string {
  return Buffer.from(code.replaceAll(' ', ''), 'hex').swap16().toString('utf16le');
}
