import type { Random } from './random.ts';

/** How far a chamber is dilated, as a report grades it. */
export const grades = ['normal', 'mild', 'moderate', 'severe'] as const;
export type Grade = (typeof grades)[number];
export const effusions = ['none', 'small', 'moderate', 'large'] as const;
export type EffusionSize = (typeof effusions)[number];

/** A heart whose truth is known: what a phantom shows. Lengths in centimetres, volumes in millilitres. */
export interface Heart {
  /** Percent. */
  readonly ejectionFraction: number;
  /** Beats a minute. */
  readonly heartRate: number;
  readonly endDiastolicVolume: number;
  /** Half width over length of the left ventricle at end-diastole: a weak ventricle is round. */
  readonly sphericity: number;
  readonly wallThickness: number;
  /** Width of the right ventricle at its base. */
  readonly rightVentricleWidth: number;
  readonly leftAtriumRadius: number;
  readonly rightAtriumRadius: number;
  /** Fluid in the pericardial sac, as the width of the dark rim; 0 for none. */
  readonly effusionWidth: number;
  readonly hasPacemakerLead: boolean;
  readonly hasMitraClip: boolean;
  readonly hasAorticProsthesis: boolean;
  readonly hasImpella: boolean;
  /** Fluid that presses the right heart flat. */
  readonly hasTamponade: boolean;
  /** Systolic, in millimetres of mercury; it goes with the right ventricle's width, since nothing else in the picture shows it. */
  readonly pulmonaryArteryPressure: number;
}

/** What a heart counts as in words: the truth of the findings that are not numbers. */
export interface HeartGrades {
  readonly leftVentricle: Grade;
  readonly rightVentricle: Grade;
  readonly leftAtrium: Grade;
  readonly rightAtrium: Grade;
  readonly effusion: EffusionSize;
  readonly hypertrophy: Grade;
}

/**
 * Draws a heart; what is wished for is kept. The priors are the phantom's own, no evidence about patients: ejection
 * fraction uniform over 10 to 75 %, and the ventricle the larger and rounder the weaker it is, so that one frame
 * already tells of the function.
 */
export function drawHeart(random: Random, wish: Partial<Heart> = {}): Heart {
  const effusionWidth = wish.effusionWidth ?? drawEffusion(random);
  const hasTamponade = wish.hasTamponade ?? (random.chance(0.45) && effusionWidth > 0.8);
  const rightVentricleWidth = chamber(random, [2.4, 3.05], [3.35, 3.75], [4.0, 4.35], [4.7, 5.6]);
  const rightAtriumRadius = chamber(random, [1.4, 1.75], [1.92, 2.12], [2.3, 2.5], [2.7, 3.2]);
  const leftAtriumRadius = chamber(random, [1.5, 1.85], [2.02, 2.25], [2.42, 2.6], [2.8, 3.3]);
  const wallThickness = chamber(random, [0.75, 1.08], [1.17, 1.3], [1.4, 1.52], [1.65, 1.95]);
  const drawn = {
    ejectionFraction: Math.round(random.between(10, 75)),
    heartRate: Math.round(random.between(52, 98)),
    wallThickness,
    leftAtriumRadius,
    // A right heart under pressure is not dilated as well.
    rightVentricleWidth: hasTamponade ? Math.min(rightVentricleWidth, 3) : rightVentricleWidth,
    rightAtriumRadius: hasTamponade ? Math.min(rightAtriumRadius, 1.7) : rightAtriumRadius,
    effusionWidth,
    hasTamponade,
    hasPacemakerLead: random.chance(0.4),
    hasMitraClip: random.chance(0.35),
    hasAorticProsthesis: random.chance(0.35),
    hasImpella: random.chance(0.25),
    ...wish,
  };
  const weakness = (75 - drawn.ejectionFraction) / 65;
  return {
    endDiastolicVolume: 95 + 165 * Math.max(0, weakness) ** 1.1 + random.between(-8, 8),
    sphericity: 0.235 + 0.135 * weakness + random.between(-0.006, 0.006),
    pulmonaryArteryPressure: Math.round(22 + 16 * (drawn.rightVentricleWidth - 2.4) + random.between(-4, 4)),
    ...drawn,
  };
}

function drawEffusion(random: Random): number {
  const share = random.next();
  if (share < 0.5) return 0;
  return share < 0.65 ? random.between(0.4, 0.7) : share < 0.82 ? random.between(0.9, 1.3) : random.between(1.7, 2.3);
}

type Bounds = readonly [low: number, high: number];

/** Two in five are normal; between the grades there are gaps, so that words are true. */
function chamber(
  random: Random,
  ...[normal, mild, moderate, severe]: readonly [Bounds, Bounds, Bounds, Bounds]
): number {
  const share = random.next();
  return random.between(...(share < 0.4 ? normal : share < 0.55 ? mild : share < 0.7 ? moderate : severe));
}

/** The words for a heart's sizes. */
export function gradesOf(heart: Heart): HeartGrades {
  const grade = (value: number, [mild, moderate, severe]: readonly [number, number, number]): Grade =>
    value < mild ? 'normal' : value < moderate ? 'mild' : value < severe ? 'moderate' : 'severe';
  return {
    leftVentricle: grade(heart.endDiastolicVolume, [150, 180, 210]),
    rightVentricle: grade(heart.rightVentricleWidth, [3.2, 3.9, 4.5]),
    leftAtrium: grade(heart.leftAtriumRadius, [1.94, 2.33, 2.7]),
    rightAtrium: grade(heart.rightAtriumRadius, [1.84, 2.2, 2.6]),
    effusion:
      heart.effusionWidth < 0.1
        ? 'none'
        : heart.effusionWidth < 0.8
          ? 'small'
          : heart.effusionWidth < 1.5
            ? 'moderate'
            : 'large',
    hypertrophy: grade(heart.wallThickness, [1.12, 1.35, 1.6]),
  };
}

/** The state of the heart at one moment of its cycle. */
export interface Moment {
  /** 0 at the R wave, towards 1 at the next. */
  readonly phase: number;
  /** Volume of the left ventricle. */
  readonly volume: number;
  readonly length: number;
  readonly halfWidth: number;
  readonly wall: number;
  /** How far the mitral and tricuspid valves are open, 0 to 1; the aortic valve is open when they are closed in systole. */
  readonly inflow: number;
  readonly outflow: number;
  /** 0 at end-diastole, 1 at end-systole. */
  readonly contraction: number;
}

/** The left ventricle is a body of revolution: its half width at a share of the way from apex to base. */
export function profile(share: number): number {
  if (share < 0.6) return Math.sqrt(Math.max(0, 1 - (1 - share / 0.6) ** 2));
  return 1 - 0.28 * ((share - 0.6) / 0.4) ** 2;
}

/** The integral of the squared profile over the way from apex to base. */
const profileSquared = 0.7316;

/** The heart at a share of its cycle. Length and width shrink with the volume, the wall thickens as its mass stays. */
export function momentOf(heart: Heart, phase: number): Moment {
  const contraction = contractionAt(phase);
  const strokeShare = (heart.ejectionFraction / 100) * contraction;
  const left = 1 - strokeShare;
  const length0 = (heart.endDiastolicVolume / (Math.PI * heart.sphericity ** 2 * profileSquared)) ** (1 / 3);
  const halfWidth = length0 * heart.sphericity * left ** 0.39;
  return {
    phase,
    volume: heart.endDiastolicVolume * left,
    length: length0 * left ** 0.22,
    halfWidth,
    wall: heart.wallThickness * left ** -0.3,
    inflow:
      phase > 0.42
        ? Math.max(bump(phase, 0.52, 0.1), bump(phase, 0.9, 0.07), phase < 0.9 && phase > 0.5 ? 0.35 : 0)
        : 0,
    outflow: phase > 0.04 && phase < 0.36 ? Math.sin((Math.PI * (phase - 0.04)) / 0.32) : 0,
    contraction,
  };
}

/** Volume ejected so far, as a share of the stroke volume: ejection, early filling, diastasis, atrial kick. */
function contractionAt(phase: number): number {
  if (phase < 0.36) return Math.sin((Math.PI / 2) * (phase / 0.36)) ** 2;
  if (phase < 0.42) return 1;
  if (phase < 0.62) return 1 - 0.72 * Math.sin((Math.PI / 2) * ((phase - 0.42) / 0.2)) ** 2;
  if (phase < 0.82) return 0.28 - 0.04 * ((phase - 0.62) / 0.2);
  return 0.24 * (1 - Math.sin((Math.PI / 2) * ((phase - 0.82) / 0.18)) ** 2);
}

function bump(phase: number, centre: number, width: number): number {
  return Math.exp(-(((phase - centre) / width) ** 2));
}
