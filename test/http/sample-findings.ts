import type { Code } from '#domain/code';
import type { Finding, FindingDefinition, FindingEvidence } from '#domain/finding';
import type { Uid } from '#domain/uid';

const percent: Code = { value: '%', scheme: 'UCUM', meaning: 'percent' };
const code = (value: string, meaning: string): Code => ({ value, scheme: 'SCT', meaning });
const heart = code('80891009', 'Heart structure');

function defined(id: string, title: string, kind: FindingDefinition['kind'] = 'presence'): FindingDefinition {
  const common = { id, title, concept: code(id, title), site: heart, views: ['A4C'] as const };
  if (kind === 'measurement') return { ...common, kind, unit: percent, range: [0, 100], sentences: ['<#>'] };
  if (kind === 'grade') return { ...common, kind, grades: [] };
  return { ...common, kind, sentences: [title] };
}

export const definitions: readonly FindingDefinition[] = [
  defined('ejection-fraction', 'Left ventricular ejection fraction', 'measurement'),
  defined('pericardial-effusion', 'Pericardial effusion'),
  defined('pacemaker', 'Pacemaker lead'),
  defined('mitraclip', 'Mitral valve clip'),
  defined('right-ventricular-dilation', 'Right ventricular dilation', 'grade'),
  defined('pulmonary-pressure', 'Pulmonary artery systolic pressure', 'measurement'),
];

export const sentence = 'LARGE PERICARDIAL EFFUSION. ';

/** An answer of every kind. */
export function findingsOf(clip: Uid): readonly Finding[] {
  const evidence: FindingEvidence = { sopInstance: clip, keyFrame: 6, clips: [clip], sentence };
  return [
    {
      kind: 'measured',
      id: 'ejection-fraction',
      value: 34,
      interval: { lower: 27, upper: 41, level: 0.9 },
      similarity: 0.274,
      evidence,
    },
    {
      kind: 'answered',
      id: 'pericardial-effusion',
      answer: code('52101004', 'Present'),
      notable: true,
      similarity: 0.31,
      threshold: 0.22,
      evidence,
    },
    {
      kind: 'answered',
      id: 'pacemaker',
      answer: code('2667000', 'Absent'),
      notable: false,
      similarity: 0.11,
      threshold: 0.24,
      evidence,
    },
    { kind: 'similarity-only', id: 'mitraclip', similarity: 0.187, percentile: 83, evidence },
    {
      kind: 'answered',
      id: 'right-ventricular-dilation',
      answer: code('1', 'Normal'),
      notable: false,
      similarity: 0.2,
      threshold: 0.1,
      evidence,
    },
    { kind: 'not-assessed', id: 'pulmonary-pressure', because: 'no-suitable-view' },
  ];
}
