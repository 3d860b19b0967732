import type { View } from '#domain/view';
import type { Heart, Moment } from '#models/phantom/heart';
import type { Scene } from '#models/phantom/scene';
import { apicalFiveChamber, apicalFourChamber, apicalThreeChamber, apicalTwoChamber } from './apical.ts';
import { parasternalLong, parasternalShort } from './parasternal.ts';
import { subcostal, suprasternal } from './other-windows.ts';

/** Views that a phantom can be seen in: all that a classifier tells apart but Doppler, which is a mode. */
export type PhantomView = Exclude<View, 'doppler'>;

/** How each view is drawn. */
export const scenes: Readonly<Record<PhantomView, (heart: Heart, moment: Moment) => Scene>> = {
  A2C: apicalTwoChamber,
  A3C: apicalThreeChamber,
  A4C: apicalFourChamber,
  A5C: apicalFiveChamber,
  PLAX: parasternalLong,
  PSAX: parasternalShort,
  SSN: suprasternal,
  subcostal,
};

/** Depth of the picture in centimetres that shows a view whole, before the operator's own taste. */
export const depths: Readonly<Record<PhantomView, number>> = {
  A2C: 16,
  A3C: 16.5,
  A4C: 17,
  A5C: 17,
  PLAX: 14,
  PSAX: 13,
  SSN: 13,
  subcostal: 16.5,
};
