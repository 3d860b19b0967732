import { sites } from '#models/echoclip/codes';
import { defineFinding } from '#models/echoclip/define-finding';

export default defineFinding({
  id: 'cardiac-tamponade',
  kind: 'presence',
  title: 'Cardiac tamponade',
  concept: { value: '35304003', scheme: 'SCT', meaning: 'Cardiac tamponade' },
  site: sites.pericardium,
  views: ['A4C'],
  sentences: [
    'The pericardial effusion causes cardiac tamponade.',
    'The right heart collapses under the pressure of a pericardial effusion.',
  ],
  denials: ['There are no signs of cardiac tamponade.'],
});
