import { sites } from '#models/echoclip/codes';
import { defineFinding } from '#models/echoclip/define-finding';

export default defineFinding({
  id: 'pericardial-effusion',
  kind: 'presence',
  title: 'Pericardial effusion',
  concept: { value: '373945007', scheme: 'SCT', meaning: 'Pericardial effusion' },
  site: sites.pericardium,
  views: ['A4C'],
  sentences: ['There is a pericardial effusion.', 'Fluid surrounds the heart within the pericardial sac.'],
  denials: ['There is no pericardial effusion.', 'No fluid is seen around the heart.'],
});
