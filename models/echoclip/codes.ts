import type { Code } from '#domain/code';

// Codes as the context groups of PS3.16 print them. What no group and no LOINC part names has a code of our own
// scheme rather than a doubtful one.

/** Units in UCUM. */
export const units = {
  percent: { value: '%', scheme: 'UCUM', meaning: 'percent' },
  millimetresOfMercury: { value: 'mm[Hg]', scheme: 'UCUM', meaning: 'mmHg' },
} as const satisfies Record<string, Code>;

/** Finding sites. */
export const sites = {
  leftVentricle: { value: '87878005', scheme: 'SCT', meaning: 'Left ventricle' },
  rightVentricle: { value: '53085002', scheme: 'SCT', meaning: 'Right ventricle' },
  leftAtrium: { value: '82471001', scheme: 'SCT', meaning: 'Left atrium' },
  rightAtrium: { value: '73829009', scheme: 'SCT', meaning: 'Right atrium' },
  mitralValve: { value: '91134007', scheme: 'SCT', meaning: 'Mitral valve' },
  aorticValve: { value: '34202007', scheme: 'SCT', meaning: 'Aortic valve' },
  pulmonaryArtery: { value: '81040000', scheme: 'SCT', meaning: 'Pulmonary artery' },
  pericardium: { value: '76848001', scheme: 'SCT', meaning: 'Pericardium' },
} as const satisfies Record<string, Code>;

/** Size of a chamber (CID 3705). */
export const chamberSizes = {
  normal: { value: '373124004', scheme: 'SCT', meaning: 'Normal size cardiac chamber' },
  mild: { value: '373126002', scheme: 'SCT', meaning: 'Mildly enlarged cardiac chamber' },
  moderate: { value: '373127006', scheme: 'SCT', meaning: 'Moderately enlarged cardiac chamber' },
  severe: { value: '373128001', scheme: 'SCT', meaning: 'Markedly enlarged cardiac chamber' },
} as const satisfies Record<string, Code>;

/** Severity (CID 3716). */
export const severities = {
  none: { value: '260413007', scheme: 'SCT', meaning: 'None' },
  mild: { value: '255604002', scheme: 'SCT', meaning: 'Mild' },
  moderate: { value: '6736007', scheme: 'SCT', meaning: 'Moderate' },
  severe: { value: '24484000', scheme: 'SCT', meaning: 'Severe' },
} as const satisfies Record<string, Code>;

/** Amount of fluid. */
export const amounts = {
  none: severities.none,
  small: { value: '255507004', scheme: 'SCT', meaning: 'Small' },
  moderate: severities.moderate,
  large: { value: '255509001', scheme: 'SCT', meaning: 'Large' },
} as const satisfies Record<string, Code>;

/** A concept that no published scheme names, in the private scheme of this agent. */
export function ourCode(value: string, meaning: string): Code {
  return { value, scheme: '99APICAL', meaning };
}
