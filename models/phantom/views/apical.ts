import type { Point, Polygon } from '#domain/geometry';
import { profile, type Heart, type Moment } from '#models/phantom/heart';
import { levels, type Scene, type Structure } from '#models/phantom/scene';
import { curve, ellipse, inflate, place, stroke, type Axes } from '#models/phantom/shapes';
import { atrium, impella, leftHeart, leaflets, ringOf, rim, sac, ventricle } from './left-heart.ts';

const apexDepth = 2.1;

/** Apical four-chamber: left ventricle on the right of the screen, right heart on the left, atria below. */
export function apicalFourChamber(heart: Heart, moment: Moment): Scene {
  return fourChambers({ origin: { x: 1.0, y: apexDepth }, angle: 0.06 }, heart, moment);
}

/** The four chambers along given axes: apical, or seen from below the ribs. */
export function fourChambers(axes: Axes, heart: Heart, moment: Moment): Structure[] {
  const outline = ventricle(axes, moment, moment.wall);
  const right = rightHeart(axes, heart, moment);
  const fluid =
    heart.effusionWidth < 0.1
      ? []
      : [rim(outline, heart.effusionWidth, [0.6, 0.95]), rim(right.outline, heart.effusionWidth, [0.08, 0.45])];
  return [
    ...sac([outline, right.outline], heart),
    ...fluid,
    ...right.chambers,
    ...leftHeart(axes, moment, heart, 0.1),
    ...right.valve,
    ...(heart.hasPacemakerLead ? [right.lead] : []),
    ...(heart.hasAorticProsthesis ? prosthesis(axes, moment) : []),
    ...(heart.hasImpella ? [impella(axes, moment)] : []),
  ];
}

/** Right ventricle and atrium beside the septum, with the tricuspid valve a little nearer to the apex than the mitral. */
function rightHeart(axes: Axes, heart: Heart, moment: Moment) {
  const pressed = heart.hasTamponade ? 0.55 + 0.2 * moment.contraction : 1;
  const width = pressed * heart.rightVentricleWidth * (1 - 0.16 * moment.contraction);
  const [from, to] = [0.26, 0.97];
  const septum = (share: number): number => -(profile(share) * moment.halfWidth + 0.95 * moment.wall);
  const bulge = (share: number): number => {
    const way = (share - from) / (to - from);
    return septum(share) - width * Math.sqrt(Math.max(0, way)) * (1.12 - 0.22 * way);
  };
  const shares = Array.from({ length: 15 }, (_, step) => from + ((to - from) * step) / 14);
  const line = (across: (share: number) => number): Point[] =>
    shares.map((share) => place(axes, share * moment.length, across(share)));
  const cavity: Polygon = [...line(bulge), ...line(septum).reverse()];
  const outline = inflate(cavity, 0.42);
  const base = moment.length * to;
  const centre = (bulge(to) + septum(to)) / 2;
  const half = heart.rightAtriumRadius * (1 + 0.1 * moment.contraction);
  const round = ellipse(
    { origin: place(axes, base + 0.15 + half, centre - 0.1), angle: axes.angle },
    half,
    heart.rightAtriumRadius,
    2.3,
  );
  const atrium = heart.hasTamponade
    ? dented(round, place(axes, base + 0.15 + half, centre - 0.1 - 1.15 * heart.rightAtriumRadius), 1.2)
    : round;
  const ring = { along: base, from: bulge(to) + 0.15, to: septum(to) - 0.1 };
  const leadPath = curve([
    place(axes, base + 1.7 * half, centre - 0.55 * heart.rightAtriumRadius),
    place(axes, base + 0.5 * half, centre - 0.1),
    place(axes, base - 0.6, centre + 0.1),
    place(axes, 0.62 * moment.length, (bulge(0.62) + septum(0.62)) / 2),
    place(axes, 0.4 * moment.length, septum(0.4) - 0.3),
  ]);
  const chambers: Structure[] = [
    { polygon: outline, level: levels.thinWall },
    { polygon: inflate(atrium, 0.25), level: levels.thinWall },
    { id: 'right-atrium', polygon: atrium, level: levels.blood },
    { id: 'right-ventricle', polygon: cavity, level: levels.blood },
  ];
  const lead: Structure = { id: 'pacemaker-lead', polygon: stroke(leadPath, 0.26), level: levels.device };
  const valve = leaflets(axes, ring, moment.inflow).map(({ polygon, level }) => ({ polygon, level }));
  return { outline, chambers, lead, valve };
}

/** A polygon whose corners near a point are pushed away from it: a wall that fluid presses in. */
function dented(polygon: Polygon, { x, y }: Point, reach: number): Polygon {
  return polygon.map((corner) => {
    const distance = Math.hypot(corner.x - x, corner.y - y);
    if (distance >= reach) return corner;
    return { x: x + ((corner.x - x) * reach) / distance, y: y + ((corner.y - y) * reach) / distance };
  });
}

/** Where a stented aortic valve shows in a four-chamber plane that is tilted a little forward: between septum and ring. */
function prosthesis(axes: Axes, moment: Moment): Structure[] {
  const ring = ringOf(moment);
  const at = (along: number, across: number): Point => place(axes, moment.length + along, across - ring);
  const id = 'aortic-prosthesis' as const;
  const mesh = stroke([at(-0.4, -0.55), at(1.3, -0.4)], 1.1);
  const side = (across: number) => stroke([at(-0.5, across), at(1.4, across + 0.15)], 0.32);
  return [
    { id, polygon: mesh, level: levels.mesh },
    ...[-1.05, -0.05].map((across) => ({ id, polygon: side(across), level: levels.device + 3 })),
  ];
}

/** Apical five-chamber: the outflow tract and the aorta open between the chambers. */
export function apicalFiveChamber(heart: Heart, moment: Moment): Scene {
  const axes: Axes = { origin: { x: 1.2, y: apexDepth }, angle: 0.02 };
  const ring = ringOf(moment);
  return [
    ...fourChambers(axes, { ...heart, hasAorticProsthesis: false }, moment),
    ...aorta(axes, { along: moment.length - 0.7, across: -0.55 * ring, lean: -0.35, heart }, moment),
  ];
}

/** Apical two-chamber: left ventricle and atrium alone. */
export function apicalTwoChamber(heart: Heart, moment: Moment): Scene {
  const axes: Axes = { origin: { x: 0.1, y: apexDepth }, angle: -0.06 };
  const outline = ventricle(axes, moment, moment.wall);
  const appendage = ellipse(
    { origin: place(axes, moment.length + 0.9, heart.leftAtriumRadius * 1.05), angle: axes.angle - 0.7 },
    0.85,
    0.45,
  );
  return [
    ...sac([outline], heart),
    ...(heart.effusionWidth < 0.1
      ? []
      : [rim(outline, heart.effusionWidth, [0.05, 0.4]), rim(outline, heart.effusionWidth, [0.6, 0.95])]),
    { polygon: inflate(appendage, 0.18), level: levels.thinWall },
    ...leftHeart(axes, moment, heart),
    { polygon: appendage, level: levels.blood },
  ];
}

/** Apical three-chamber: outflow tract and aorta on the right of the screen, atrium on the left. */
export function apicalThreeChamber(heart: Heart, moment: Moment): Scene {
  const axes: Axes = { origin: { x: 0.5, y: apexDepth }, angle: -0.1 };
  const ring = ringOf(moment);
  const outline = ventricle(axes, moment, moment.wall);
  const upper = atrium(axes, moment, heart.leftAtriumRadius, -0.5 * ring - 0.4);
  return [
    ...sac([outline], heart),
    ...(heart.effusionWidth < 0.1 ? [] : [rim(outline, heart.effusionWidth, [0.05, 0.4])]),
    { polygon: inflate(upper, 0.25), level: levels.thinWall },
    { id: 'left-ventricle-wall', polygon: outline, level: levels.muscle },
    { id: 'left-atrium', polygon: upper, level: levels.blood },
    { id: 'left-ventricle', polygon: ventricle(axes, moment), level: levels.blood },
    ...leaflets(axes, { along: moment.length, from: -0.95 * ring, to: 0.25 * ring }, moment.inflow),
    ...aorta(axes, { along: moment.length - 0.5, across: 0.68 * ring, lean: 0.42, heart }, moment),
  ];
}

interface AortaPlace {
  readonly along: number;
  readonly across: number;
  readonly lean: number;
  readonly heart: Heart;
}

/** The outflow tract leading into the aorta, with its valve or the stent in its place. */
export function aorta(axes: Axes, { along, across, lean, heart }: AortaPlace, moment: Moment): Structure[] {
  const root = place(axes, along, across);
  const own: Axes = { origin: root, angle: axes.angle + lean };
  const tube = (width: number): Polygon =>
    stroke([place(own, -0.2, 0), place(own, 1.4, 0), place(own, 4.4, 0.1)], width);
  const cusp = (side: number): Structure => ({
    id: 'aortic-valve',
    polygon: stroke([place(own, 0.9, side * 1.0), place(own, 1.6, side * (0.05 + 0.85 * moment.outflow))], 0.16),
    level: levels.valve,
  });
  const stent = (side: number): Structure => ({
    id: 'aortic-prosthesis',
    polygon: stroke([place(own, 0.4, side * 0.95), place(own, 2.3, side * 1.05)], 0.34),
    level: levels.device + 3,
  });
  return [
    { polygon: tube(2.8), level: levels.thinWall },
    { id: 'aorta', polygon: tube(2.3), level: levels.blood },
    ...[-1, 1].map(heart.hasAorticProsthesis ? stent : cusp),
  ];
}
