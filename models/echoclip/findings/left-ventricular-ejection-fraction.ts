import { sites, units } from '#models/echoclip/codes';
import { defineFinding } from '#models/echoclip/define-finding';

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
  // The two sentences of the paper (Christensen et al., Nature Medicine 2024, CC BY 4.0), to the letter and the blank.
  sentences: ['THE LEFT VENTRICULAR EJECTION FRACTION IS ESTIMATED TO BE <#>% ', 'LV EJECTION FRACTION IS <#>%. '],
});
