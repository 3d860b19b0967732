import type { Polygon } from '#domain/geometry';
import { spans } from '#image/polygon';
import type { CropBox } from '#image/crop-and-scale';
import type { StructureId } from '#models/phantom/scene';

/** Structures whose place is taught. */
export const maskIds = [
  'left-ventricle',
  'left-ventricle-wall',
  'right-ventricle',
  'left-atrium',
  'right-atrium',
  'effusion',
  'pacemaker-lead',
  'mitra-clip',
  'aortic-prosthesis',
  'impella',
] as const satisfies readonly StructureId[];
/** Cells along each side, and pixels along each side of a cell. */
export const maskSide = 14;
const fine = 8;

/** For each structure and cell how much of the cell it covers, 0 to 255. */
export function coverage(
  structures: readonly { readonly id: StructureId; readonly polygon: Polygon }[],
  crop: CropBox,
): Uint8Array {
  const masks = new Uint8Array(maskIds.length * maskSide * maskSide);
  for (const [index, id] of maskIds.entries()) {
    const counts = new Uint16Array(maskSide * maskSide);
    for (const { polygon } of structures.filter((structure) => structure.id === id)) count(polygon, crop, counts);
    for (const [cell, pixels] of counts.entries())
      masks[index * maskSide * maskSide + cell] = Math.min(255, (pixels * 255) / (fine * fine));
  }
  return masks;
}

function count(polygon: Polygon, { x0, y0, x1, y1 }: CropBox, counts: Uint16Array): void {
  const side = maskSide * fine;
  const scaled = polygon.map(({ x, y }) => ({ x: ((x - x0) / (x1 - x0)) * side, y: ((y - y0) / (y1 - y0)) * side }));
  for (const { y, from, to } of spans(scaled, side, side))
    for (let x = from; x < to; x++) counts[Math.trunc(y / fine) * maskSide + Math.trunc(x / fine)]!++;
}
