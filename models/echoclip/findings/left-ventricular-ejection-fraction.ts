import { sites, units } from '#models/echoclip/codes';
import { defineFinding } from '#models/echoclip/define-finding';
import { fractionSentences } from '#models/echoclip/ejection-fraction';

export default defineFinding({
  id: 'left-ventricular-ejection-fraction',
  kind: 'measurement',
  title: 'Left ventricular ejection fraction',
  // Not 79993-2 (single plane, method of discs): nothing is traced here.
  concept: { value: '10230-1', scheme: 'LN', meaning: 'Left ventricular Ejection fraction' },
  site: sites.leftVentricle,
  views: ['A4C'],
  unit: units.percent,
  range: [0, 100],
  sentences: fractionSentences,
});
