import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { readFont, type Font } from './true-type.ts';

/** DejaVu Sans, which ships with us: no font of the machine is ever used. */
export function shippedFont(): Font {
  return readFont(readFileSync(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf')));
}
