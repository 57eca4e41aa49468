/** Around every page of an exercise, over dialogs and on paper too: nothing of it is real. */
import { useTranslation } from 'react-i18next';

export function ExerciseFrame() {
  const { t } = useTranslation();
  return (
    <div className="exercise-frame" role="note">
      <strong>{t('exercise.mark')}</strong>
    </div>
  );
}
