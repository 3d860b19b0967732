import type { Polygon } from '#domain/geometry';

/** What a phantom draws and knows the place of. */
export const structureIds = [
  'left-ventricle',
  'left-ventricle-wall',
  'right-ventricle',
  'left-atrium',
  'right-atrium',
  'aorta',
  'pulmonary-artery',
  'effusion',
  'mitral-valve',
  'aortic-valve',
  'pacemaker-lead',
  'mitra-clip',
  'aortic-prosthesis',
  'impella',
] as const;
export type StructureId = (typeof structureIds)[number];

/** One painted area. Later ones cover earlier ones. */
export interface Structure {
  /** Absent for what is drawn but not asked for: pericardium, liver. */
  readonly id?: StructureId;
  /** In centimetres from the probe, x to the right, y away from it. */
  readonly polygon: Polygon;
  /** Echo strength in decibels; 0 is as bright as the screen gets. */
  readonly level: number;
}

/** Echo strengths, in decibels. */
export const levels = {
  blood: -62,
  muscle: -19,
  thinWall: -17,
  valve: -11,
  pericardium: -6,
  liver: -25,
  device: 5,
  mesh: -13,
} as const;

/** What lies in the plane of a view at one moment. */
export type Scene = readonly Structure[];
