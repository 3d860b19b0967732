import { chamberSizes, sites } from '#models/echoclip/codes';
import { defineFinding } from '#models/echoclip/define-finding';

export default defineFinding({
  id: 'left-ventricular-dilation',
  kind: 'grade',
  title: 'Left ventricular dilation',
  concept: { value: '250929008', scheme: 'SCT', meaning: 'Left ventricular cavity size' },
  site: sites.leftVentricle,
  views: ['A4C'],
  grades: [
    {
      id: 'normal',
      answer: chamberSizes.normal,
      sentences: ['The left ventricle is of normal size.', 'Normal left ventricular size.'],
    },
    {
      id: 'mild',
      answer: chamberSizes.mild,
      sentences: ['The left ventricle is mildly dilated.', 'Mild left ventricular dilation.'],
    },
    {
      id: 'moderate',
      answer: chamberSizes.moderate,
      sentences: ['The left ventricle is moderately dilated.', 'Moderate left ventricular dilation.'],
    },
    {
      id: 'severe',
      answer: chamberSizes.severe,
      sentences: ['The left ventricle is severely dilated.', 'Severe left ventricular dilation.'],
    },
  ],
});
