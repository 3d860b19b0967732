import type { Point, Polygon } from '#domain/geometry';
import { profile, type Heart, type Moment } from '#models/phantom/heart';
import { levels, type Structure } from '#models/phantom/scene';
import { curve, densify, ellipse, inflate, place, stroke, type Axes } from '#models/phantom/shapes';

// The left heart of the apical views, in axes whose origin is the apex of the ventricle's cavity and which point to its base.

const steps = 22;

/** The ventricle's cavity, or with a margin its outer surface. */
export function ventricle(axes: Axes, moment: Moment, margin = 0): Polygon {
  const side = (sign: number): Point[] =>
    Array.from({ length: steps + 1 }, (_, step) => {
      const share = (step / steps) ** 1.4;
      const across = profile(share) * moment.halfWidth + margin * Math.min(1, 0.25 + share * 2.5);
      return place(axes, share * (moment.length + 0.9 * margin) - 0.9 * margin, sign * across);
    });
  const [left, right] = [side(-1), side(1)];
  return [...left, ...densify([left.at(-1)!, right.at(-1)!], 0.3).slice(1, -1), ...right.reverse()];
}

/** Half width of the mitral ring. */
export function ringOf(moment: Moment): number {
  return profile(1) * moment.halfWidth;
}

/** The left atrium below the ring; it fills while the ventricle empties. */
export function atrium(axes: Axes, moment: Moment, radius: number, across = 0): Polygon {
  const [half, wide] = [radius * (1.0 + 0.12 * moment.contraction), radius * (0.94 + 0.1 * moment.contraction)];
  const centre = place(axes, moment.length + 0.15 + half, across);
  return ellipse({ origin: centre, angle: axes.angle }, half, wide, 2.3);
}

/** Fluid between the heart and its sac, and the bright sac itself: painted before the heart. */
export function sac(outlines: readonly Polygon[], heart: Heart): Structure[] {
  const width = heart.effusionWidth;
  const pericardium = outlines.map((outline) => ({
    polygon: inflate(outline, width + 0.24),
    level: levels.pericardium,
  }));
  if (width < 0.1) return pericardium;
  return [
    ...pericardium,
    ...outlines.map((outline) => ({ polygon: inflate(outline, width), level: levels.blood + 4 })),
  ];
}

/** The rim of fluid along part of an outline, as a closed polygon: what is true of an effusion. */
export function rim(outline: Polygon, width: number, [from, to]: readonly [number, number]): Structure {
  const pick = (polygon: Polygon): Point[] =>
    polygon.slice(Math.floor(from * polygon.length), Math.ceil(to * polygon.length));
  return {
    id: 'effusion',
    polygon: [...pick(inflate(outline, 0.06)), ...pick(inflate(outline, width - 0.04)).reverse()],
    level: levels.blood + 4,
  };
}

/** Two leaflets from a ring to their tips: together when shut, apart and towards the apex when open. */
export function leaflets(axes: Axes, ring: { along: number; from: number; to: number }, opening: number): Structure[] {
  const width = ring.to - ring.from;
  const tip = (share: number): Point =>
    place(axes, ring.along - 0.55 - 1.0 * opening, ring.from + width * (0.5 + (share - 0.5) * (0.06 + 0.9 * opening)));
  return [
    leaflet(place(axes, ring.along + 0.05, ring.from), tip(0)),
    leaflet(place(axes, ring.along + 0.05, ring.to), tip(1)),
  ];
}

function leaflet(root: Point, tip: Point): Structure {
  return { id: 'mitral-valve', polygon: stroke([root, tip], 0.2), level: levels.valve };
}

/** A clip that holds the tips of the mitral leaflets together. */
export function mitraClip(axes: Axes, moment: Moment, across = 0): Structure {
  const at = place(axes, moment.length - 0.75, across);
  return {
    id: 'mitra-clip',
    polygon: ellipse({ origin: at, angle: axes.angle }, 0.55, 0.3, 3),
    level: levels.device + 4,
  };
}

/** A pump on a catheter that comes through the aortic valve and lies in the ventricle. */
export function impella(axes: Axes, moment: Moment): Structure {
  const ring = ringOf(moment);
  const path = [
    place(axes, moment.length + 0.5, -0.75 * ring),
    place(axes, 0.8 * moment.length, -0.35 * ring),
    place(axes, 0.42 * moment.length, 0.05 * ring),
  ];
  return { id: 'impella', polygon: stroke(curve(path), 0.36), level: levels.device - 1 };
}

/** The mitral valve, shut in the middle where a clip holds it. */
export function mitralValve(axes: Axes, moment: Moment, heart: Heart): Structure[] {
  const ring = ringOf(moment);
  const opening = heart.hasMitraClip ? 0.2 * moment.inflow : moment.inflow;
  const valve = leaflets(axes, { along: moment.length, from: -0.95 * ring, to: 0.95 * ring }, opening);
  return heart.hasMitraClip ? [...valve, mitraClip(axes, moment)] : valve;
}

/** The ventricle with its wall and the atrium below, painted in order. */
export function leftHeart(axes: Axes, moment: Moment, heart: Heart, atriumAcross = 0): Structure[] {
  const upper = atrium(axes, moment, heart.leftAtriumRadius, atriumAcross);
  return [
    { polygon: inflate(upper, 0.25), level: levels.thinWall },
    { id: 'left-ventricle-wall', polygon: ventricle(axes, moment, moment.wall), level: levels.muscle },
    { id: 'left-atrium', polygon: upper, level: levels.blood },
    { id: 'left-ventricle', polygon: ventricle(axes, moment), level: levels.blood },
    ...mitralValve(axes, moment, heart),
  ];
}
