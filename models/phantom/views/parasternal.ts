import type { Point, Polygon } from '#domain/geometry';
import type { Heart, Moment } from '#models/phantom/heart';
import { levels, type Scene, type Structure } from '#models/phantom/scene';
import { curve, ellipse, inflate, place, stroke, type Axes } from '#models/phantom/shapes';
import { leaflets, mitraClip, ringOf, rim, sac, ventricle } from './left-heart.ts';
import { aorta } from './apical.ts';

/** Parasternal long axis: right ventricle in front, left ventricle towards the left, aorta above the atrium on the right. */
export function parasternalLong(heart: Heart, moment: Moment): Scene {
  const front = moment.halfWidth + moment.wall;
  const rightWidth = 0.55 * heart.rightVentricleWidth * (1 - 0.2 * moment.contraction);
  const base: Point = { x: 1.3, y: 2.1 + 0.7 * rightWidth + 0.95 * front };
  const angle = Math.PI / 2 + 0.12;
  const axes: Axes = {
    origin: { x: base.x - moment.length * Math.sin(angle), y: base.y - moment.length * Math.cos(angle) },
    angle,
  };
  const outline = ventricle(axes, moment, moment.wall);
  const ring = ringOf(moment);
  const atrium = ellipse(
    {
      origin: place(axes, moment.length + 0.3 + heart.leftAtriumRadius, -0.75 * ring - 0.35 * heart.leftAtriumRadius),
      angle,
    },
    heart.leftAtriumRadius * 1.05,
    heart.leftAtriumRadius,
  );
  const right: Polygon = stroke(
    curve([
      place(axes, 0.25 * moment.length, front + rightWidth / 2),
      place(axes, 0.6 * moment.length, front + 0.55 * rightWidth),
      place(axes, moment.length + 0.4, front + 0.35 * rightWidth),
    ]),
    rightWidth,
  );
  return [
    ...sac([outline], heart),
    ...(heart.effusionWidth < 0.1 ? [] : [rim(outline, heart.effusionWidth, [0.1, 0.4])]),
    { polygon: inflate(right, 0.35), level: levels.thinWall },
    { id: 'right-ventricle', polygon: right, level: levels.blood },
    { polygon: inflate(atrium, 0.25), level: levels.thinWall },
    { id: 'left-ventricle-wall', polygon: outline, level: levels.muscle },
    { id: 'left-atrium', polygon: atrium, level: levels.blood },
    { id: 'left-ventricle', polygon: ventricle(axes, moment), level: levels.blood },
    ...leaflets(
      axes,
      { along: moment.length + 0.1, from: -0.95 * ring, to: 0.2 * ring },
      heart.hasMitraClip ? 0.2 : moment.inflow,
    ),
    ...(heart.hasMitraClip ? [mitraClip(axes, moment, -0.35 * ring)] : []),
    ...aorta(axes, { along: moment.length - 0.5, across: 0.62 * ring, lean: 0.22, heart }, moment),
    {
      id: 'aorta',
      polygon: ellipse(
        { origin: place(axes, moment.length + 0.6, -1.0 * ring - 2.6 - 0.6 * heart.leftAtriumRadius), angle },
        0.95,
        0.95,
      ),
      level: levels.blood,
    },
  ];
}

/** Parasternal short axis at the papillary muscles: the left ventricle is a ring, the right a crescent beside it. */
export function parasternalShort(heart: Heart, moment: Moment): Scene {
  const axes: Axes = { origin: { x: 0.9, y: 4.6 + 0.75 * (moment.halfWidth + moment.wall) }, angle: 0 };
  const outline = ellipse(axes, moment.halfWidth + moment.wall, moment.halfWidth + moment.wall);
  const crescent = ellipse(
    {
      origin: place(
        axes,
        -0.35 * moment.halfWidth,
        -moment.halfWidth - moment.wall + 0.2 - 0.18 * heart.rightVentricleWidth,
      ),
      angle: -0.35,
    },
    1.15 * (moment.halfWidth + moment.wall),
    0.62 * heart.rightVentricleWidth * (1 - 0.16 * moment.contraction),
  );
  const papillary = (turn: number): Structure => ({
    polygon: ellipse(
      {
        origin: place(axes, 0.78 * moment.halfWidth * Math.cos(turn), 0.78 * moment.halfWidth * Math.sin(turn)),
        angle: turn,
      },
      0.35 + 0.3 * moment.wall,
      0.3 + 0.25 * moment.wall,
    ),
    level: levels.muscle + 2,
  });
  return [
    ...sac([outline, inflate(crescent, 0.4)], heart),
    ...(heart.effusionWidth < 0.1 ? [] : [rim(outline, heart.effusionWidth, [0.0, 0.4])]),
    { polygon: inflate(crescent, 0.4), level: levels.thinWall },
    { id: 'right-ventricle', polygon: crescent, level: levels.blood },
    { id: 'left-ventricle-wall', polygon: outline, level: levels.muscle },
    { id: 'left-ventricle', polygon: ellipse(axes, moment.halfWidth, moment.halfWidth), level: levels.blood },
    papillary(0.75),
    papillary(-0.75),
  ];
}
