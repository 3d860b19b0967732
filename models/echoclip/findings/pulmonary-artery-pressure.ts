import { sites, units } from '#models/echoclip/codes';
import { defineFinding } from '#models/echoclip/define-finding';

export default defineFinding({
  id: 'pulmonary-artery-pressure',
  kind: 'measurement',
  title: 'Systolic pulmonary artery pressure',
  concept: { value: '250767002', scheme: 'SCT', meaning: 'Pulmonary Artery Pressure' },
  site: sites.pulmonaryArtery,
  views: ['A4C'],
  unit: units.millimetresOfMercury,
  range: [0, 100],
  sentences: [
    'The systolic pulmonary artery pressure is estimated at <#> mmHg.',
    'Pulmonary artery systolic pressure of <#> mmHg.',
  ],
});
