import type { PreparedClip } from '#domain/clip';
import { filled } from '#image/mask';

/**
 * Clears a clip's maps, [frames, size, size], outside its sector: the network was shown nothing there, and what its wide
 * last stage spills over the rim would be drawn over text and traces that it never saw.
 */
export function clearOutsideSector(
  maps: Float32Array,
  { facts: { sector }, crop, size }: Pick<PreparedClip, 'facts' | 'crop' | 'size'>,
): void {
  if (!sector) return;
  const within = sector.map(({ x, y }) => ({
    x: ((x - crop.x0) * size) / (crop.x1 - crop.x0),
    y: ((y - crop.y0) * size) / (crop.y1 - crop.y0),
  }));
  const { bits } = filled(within, { width: size, height: size });
  for (let at = 0; at < maps.length; at++) if (bits[at % bits.length] === 0) maps[at] = 0;
}
