import type { Point } from '#domain/geometry';
import type { Heart, Moment } from '#models/phantom/heart';
import { levels, type Scene } from '#models/phantom/scene';
import { curve, ellipse, inflate, place, stroke } from '#models/phantom/shapes';
import { fourChambers } from './apical.ts';

/** Subcostal four-chamber: through the liver, the apex towards the right of the screen. */
export function subcostal(heart: Heart, moment: Moment): Scene {
  const liver = curve([
    { x: -8, y: 1 },
    { x: -3, y: 0.6 },
    { x: 2, y: 0.6 },
    { x: 4.6, y: 2.6 },
    { x: 1.5, y: 4.2 },
    { x: -3, y: 5.4 },
    { x: -8, y: 6.5 },
  ]);
  const vessel = (x: number, y: number) => ({
    polygon: ellipse({ origin: { x, y }, angle: 1.2 }, 1.0, 0.28),
    level: levels.blood,
  });
  return [
    { polygon: liver, level: levels.liver },
    vessel(-1.6, 2.7),
    vessel(0.9, 2.3),
    ...fourChambers({ origin: { x: 6.2, y: 7.6 }, angle: -Math.PI / 2 + 0.18 }, heart, moment),
  ];
}

/** Suprasternal notch: the arch of the aorta from left to right, its branches above, the right pulmonary artery below. */
export function suprasternal(heart: Heart, moment: Moment): Scene {
  const centre: Point = { x: 0.4, y: 6.4 };
  const radius = 2.9;
  const arc = (from: number, to: number): Point[] =>
    Array.from({ length: 25 }, (_, step) =>
      place({ origin: centre, angle: from + ((to - from) * step) / 24 }, radius, 0),
    );
  const path = [{ x: -3.6, y: 11 }, ...arc(-Math.PI * 0.55, -Math.PI * 1.42), { x: 3.9, y: 9.6 }, { x: 4.1, y: 12.5 }];
  const width = 2.4 + 0.15 * moment.outflow;
  const branch = (x: number) =>
    stroke(
      [
        { x: centre.x + x, y: 3.6 },
        { x: centre.x + 1.3 * x, y: 1.2 },
      ],
      0.75,
    );
  const artery = ellipse({ origin: { x: 0.4, y: 6.9 }, angle: 0.1 }, 0.85 + 0.05 * heart.wallThickness, 1.25);
  const branches = [-1.1, 0.1, 1.3].map(branch);
  return [
    ...branches.map((polygon) => ({ polygon: inflate(polygon, 0.2), level: levels.thinWall })),
    { polygon: stroke(path, width + 0.55), level: levels.thinWall + 3 },
    { polygon: inflate(artery, 0.25), level: levels.thinWall },
    ...branches.map((polygon) => ({ polygon, level: levels.blood })),
    { id: 'aorta', polygon: stroke(path, width), level: levels.blood },
    { id: 'pulmonary-artery', polygon: artery, level: levels.blood },
    { polygon: ellipse({ origin: { x: 0.2, y: 10.2 }, angle: 0 }, 1.3, 1.7), level: levels.blood + 4 },
  ];
}
