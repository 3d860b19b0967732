import { chamberSizes, sites } from '#models/echoclip/codes';
import { defineFinding } from '#models/echoclip/define-finding';

export default defineFinding({
  id: 'right-ventricular-dilation',
  kind: 'grade',
  title: 'Right ventricular dilation',
  concept: { value: '250964004', scheme: 'SCT', meaning: 'Right ventricular cavity size' },
  site: sites.rightVentricle,
  views: ['A4C'],
  grades: [
    {
      id: 'normal',
      answer: chamberSizes.normal,
      sentences: ['The right ventricle is of normal size.', 'Normal right ventricular size.'],
    },
    {
      id: 'mild',
      answer: chamberSizes.mild,
      sentences: ['The right ventricle is mildly dilated.', 'Mild right ventricular dilation.'],
    },
    {
      id: 'moderate',
      answer: chamberSizes.moderate,
      sentences: ['The right ventricle is moderately dilated.', 'Moderate right ventricular dilation.'],
    },
    {
      id: 'severe',
      answer: chamberSizes.severe,
      sentences: ['The right ventricle is severely dilated.', 'Severe right ventricular dilation.'],
    },
  ],
});
