/** What went wrong: what happened, and what to do. */
import { Alert, Button, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ApiError, type Problem } from '../api/client.ts';

type Told = Pick<Problem, 'code' | 'detail' | 'title' | 'remedy'>;

export function ProblemNote({
  error,
  retry,
}: {
  readonly error: Error | Told | null | undefined;
  readonly retry?: () => void;
}) {
  const { t, i18n } = useTranslation();
  if (!error) return null;
  const problem: Told =
    error instanceof ApiError
      ? error.problem
      : error instanceof Error
        ? { code: 'page', title: error.message, detail: '', remedy: '' }
        : error;
  const key = `problem.${problem.code}`;
  const remedy = `problem.do.${problem.code}`;
  const isOwn = i18n.exists(key);
  return (
    <Alert color="red" role="alert" title={isOwn ? t(key) : t('problem.other')}>
      <Stack gap="xs" align="flex-start">
        {/* The node's own sentence, which has the values, is in English. */}
        <Text size="sm" dir="auto" lang="en">
          {problem.detail || problem.title}
        </Text>
        {problem.remedy && (
          <Text size="sm" dir="auto">
            {i18n.exists(remedy) ? t(remedy) : problem.remedy}
          </Text>
        )}
        {retry && (
          <Button size="xs" variant="default" onClick={retry}>
            {t('problem.retry')}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

export function NotThere() {
  const { t } = useTranslation();
  return (
    <Stack align="flex-start">
      <Text>{t('problem.no-page')}</Text>
      <Link to="/" className="link">
        {t('rooms.today')}
      </Link>
    </Stack>
  );
}
