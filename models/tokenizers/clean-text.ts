import { unescapeEntities } from './html-entities.ts';

// What CLIP does to a text before its BPE, in its order: ftfy's repair, entities, white space, lower case. Of ftfy's
// repairs those are here that say the same of every text; its guess that a text was decoded by a wrong character set is
// left out, and such a text is read as it is.

/** What Python takes for white space. */
const space = /[[\s\x85]--\ufeff]+/gv;
const windows1252 = new TextDecoder('windows-1252');

/** A text as CLIP's tokenizer looks at it. */
export function cleanText(text: string): string {
  return unescapeEntities(unescapeEntities(repair(text)))
    .replace(space, ' ')
    .replace(/^ | $/gu, '')
    .toLowerCase();
}

function repair(text: string): string {
  // With a tag in it, it is HTML, whose entities are not ftfy's to resolve.
  const plain = text.includes('<') ? text : unescapeEntities(text, { shouting: true });
  return (
    plain
      // Colours and the like of a terminal.
      .replace(/\p{Cc}\[[\d;]*[a-z]/giu, (sequence) => (sequence.startsWith('\u001b') ? '' : sequence))
      // Codes of C1 are letters of Windows that were read as Latin-1.
      .replace(/[\u0080-\u009f]/gu, (code) => windows1252.decode(Uint8Array.of(code.charCodeAt(0))))
      // Latin ligatures and full-width and half-width forms stand for the letters they are made of.
      .replace(/\ufb05/gu, 'ſt')
      .replace(/[\u0132\u0133\u0149\u01c4-\u01cc\u01f1-\u01f3\ufb00-\ufb06\uff01-\uffef\u3000]/gu, (letter) =>
        letter.normalize('NFKC'),
      )
      .replace(/[\u02bc\u2018-\u201b]/gu, "'")
      .replace(/[\u201c-\u201f]/gu, '"')
      .replace(/(?![\t\n\f\r\u0080-\u009f])\p{Cc}|[\u206a-\u206f\ufeff\ufff9-\ufffc]/gu, '')
      .normalize('NFC')
  );
}
