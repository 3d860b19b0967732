import { chamberSizes, ourCode, sites } from '#models/echoclip/codes';
import { defineFinding } from '#models/echoclip/define-finding';

export default defineFinding({
  id: 'left-atrial-dilation',
  kind: 'grade',
  title: 'Left atrial dilation',
  concept: ourCode('LA-SIZE', 'Left atrial size'),
  site: sites.leftAtrium,
  views: ['A4C'],
  grades: [
    {
      id: 'normal',
      answer: chamberSizes.normal,
      sentences: ['The left atrium is of normal size.', 'Normal left atrial size.'],
    },
    {
      id: 'mild',
      answer: chamberSizes.mild,
      sentences: ['The left atrium is mildly dilated.', 'Mild left atrial dilation.'],
    },
    {
      id: 'moderate',
      answer: chamberSizes.moderate,
      sentences: ['The left atrium is moderately dilated.', 'Moderate left atrial dilation.'],
    },
    {
      id: 'severe',
      answer: chamberSizes.severe,
      sentences: ['The left atrium is severely dilated.', 'Severe left atrial dilation.'],
    },
  ],
});
