import { z } from 'zod';
import { priorityLevels } from '#domain/triage';

const priority = z.enum(priorityLevels);
const texts = z.union([z.string().transform((text) => [text]), z.array(z.string()).min(1)]).optional();
const bound = (why: string) => z.number().optional().describe(why);

const rule = z
  .strictObject({
    name: z.string().min(1).describe('What you call it; no two alike.'),
    priority: priority.describe('How urgent a study is that meets it.'),
    message: z.string().min(1).optional().describe('What a reader is told; default: the name.'),
    notify: z.array(z.string()).default([]).describe('Destinations that are told; see `onlyByRule`.'),
    finding: z.string().optional().describe('ID of a finding, as `apical models card` lists them.'),
    answer: texts.describe('Its answer: one of these words, such as Present, Severe, Large. Calibrated findings only.'),
    valueMin: bound('Smallest value that meets it, in the unit of the finding.'),
    valueMax: bound('Largest value that meets it.'),
    changeMin: bound("Least rise since the patient's last study, in the unit of the finding."),
    changeMax: bound("Largest change since the patient's last study; -10: has fallen by ten or more."),
    similarityMin: bound('Least similarity, -1 to 1; for findings without a calibration.'),
    percentileMin: bound('Least percentile among the cases of the calibration, 0 to 100.'),
    location: texts.describe(
      'Current Patient Location or Institutional Department Name; `*` stands for any characters.',
    ),
    station: texts.describe('Station Name of the scanner; `*` stands for any characters.'),
  })
  .superRefine((given, context) => {
    const { finding, location, station } = given;
    const needFinding = [
      'answer',
      'valueMin',
      'valueMax',
      'changeMin',
      'changeMax',
      'similarityMin',
      'percentileMin',
    ] as const;
    const lonely = needFinding.find((key) => given[key] !== undefined && finding === undefined);
    if (lonely) context.addIssue({ code: 'custom', path: [lonely], message: 'needs a finding' });
    if (finding !== undefined && needFinding.every((key) => given[key] === undefined)) {
      context.addIssue({ code: 'custom', path: ['finding'], message: 'needs an answer or a bound' });
    }
    if (!finding && !location && !station) {
      context.addIssue({
        code: 'custom',
        path: [],
        message: 'names neither a finding, a location nor a station: every study would meet it',
      });
    }
  });

/** Which study is read first. */
export const triage = z
  .strictObject({
    usual: priority.default('LOW').describe('How urgent a study is that meets no rule.'),
    rules: z
      .array(rule)
      .default([
        {
          name: 'tamponade',
          priority: 'HIGH',
          message: 'Signs of cardiac tamponade',
          finding: 'cardiac-tamponade',
          answer: ['Present'],
          notify: [],
        },
        {
          name: 'severely-reduced-lvef',
          priority: 'HIGH',
          message: 'LVEF of 30 % or less',
          finding: 'left-ventricular-ejection-fraction',
          valueMax: 30,
          notify: [],
        },
        {
          name: 'large-effusion',
          priority: 'HIGH',
          message: 'Large pericardial effusion',
          finding: 'pericardial-effusion-size',
          answer: ['Large'],
          notify: [],
        },
        {
          name: 'reduced-lvef',
          priority: 'MEDIUM',
          message: 'LVEF of 40 % or less',
          finding: 'left-ventricular-ejection-fraction',
          valueMax: 40,
          notify: [],
        },
        {
          name: 'fallen-lvef',
          priority: 'MEDIUM',
          message: 'LVEF has fallen by 10 points or more',
          finding: 'left-ventricular-ejection-fraction',
          changeMax: -10,
          notify: [],
        },
        {
          name: 'effusion',
          priority: 'MEDIUM',
          message: 'Pericardial effusion',
          finding: 'pericardial-effusion',
          answer: ['Present'],
          notify: [],
        },
      ])
      .describe(
        'Your table: all that a line names must hold. The defaults are examples, not advice; `apical rules test` shows what a table would have changed.',
      ),
  })
  .superRefine(({ rules }, context) => {
    const names = rules.map(({ name }) => name);
    const twice = names.findIndex((name, index) => names.indexOf(name) !== index);
    if (twice >= 0) context.addIssue({ code: 'custom', path: ['rules', twice, 'name'], message: 'names two rules' });
  });
