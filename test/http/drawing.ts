import type { Frames } from '#src/ports';

/** Draws a moving picture that looks a little like an echocardiogram; overlays are warm in the middle. Each frame is drawn once. */
export function createDrawing(): (isOverlay: boolean, frameIndices: readonly number[]) => Frames {
  const drawn = new Map<string, Uint8Array>();
  return (isOverlay, frameIndices) => {
    const pixels = frameIndices.map((index) => {
      const key = `${isOverlay} ${index}`;
      const frame = drawn.get(key) ?? drawFrame(isOverlay, index);
      drawn.set(key, frame);
      return frame;
    });
    return { rows, columns, pixels };
  };
}

const [rows, columns] = [150, 200];

function drawFrame(isOverlay: boolean, index: number): Uint8Array {
  const frame = new Uint8Array(rows * columns * 3);
  const beat = Math.sin((index / 24) * 2 * Math.PI) * 6;
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++) {
      const [dx, dy] = [x - 100, y - 5];
      const [depth, angle] = [Math.hypot(dx, dy), Math.abs(Math.atan2(dx, dy))];
      if (depth > 140 || angle > 0.7) continue;
      const cavity = ((x - 100) / (30 + beat)) ** 2 + ((y - 75) / (45 + beat)) ** 2;
      const speckle = ((x * 7919 + y * 104_729 + index * 31) % 97) / 97;
      const grey = cavity < 1 ? 12 * speckle : (cavity < 1.5 ? 190 : 90) * (0.5 + speckle / 2) * (1 - depth / 200);
      const heat = isOverlay ? Math.max(0, 1 - Math.hypot(x - 80, y - 60) / 35) : 0;
      const at = (y * columns + x) * 3;
      frame.set([grey * (1 - heat) + 230 * heat, grey * (1 - heat) + 70 * heat, grey * (1 - heat)], at);
    }
  return frame;
}
