/** What went wrong: what happened, and what to do. */
import { Alert, Button, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, type Problem } from '../api/client.ts';
import { withWords } from '../i18n/index.ts';
import { useFormat } from './format.ts';

/** Asked again, the answer is the same. */
const FINAL = ['forbidden', 'not-found'];

type Told = Pick<Problem, 'code' | 'detail' | 'title' | 'remedy' | 'issues' | 'clauses'>;

const Clauses = lazy(async () => ({
  default: (await withWords(() => import('./verdict.tsx'))).Clauses,
}));
/** A peer's answer may cite more. */
const CLAUSES_SHOWN = 20;

/** What happened: who may, or the clauses that decided, in the reader's language; else the node's own sentence, which is in English. */
function Detail({ problem: { detail, title, issues = [], clauses = [] } }: { readonly problem: Told }) {
  const { t, i18n } = useTranslation();
  const { list } = useFormat();
  const own = (
    <Text size="sm" dir="auto" lang="en">
      {detail || title}
    </Text>
  );
  const roles = issues.filter(({ code, message }) => code === 'role' && i18n.exists(`roles.${message}`));
  if (roles.length > 0)
    return (
      <Text size="sm">
        {t('problem.for', { roles: list(roles.map(({ message }) => t(`roles.${message}`))) })}
      </Text>
    );
  if (i18n.language === 'en' || clauses.length === 0) return own;
  return (
    <Suspense fallback={own}>
      <Clauses clauses={clauses.slice(0, CLAUSES_SHOWN)} />
    </Suspense>
  );
}

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
        <Detail problem={problem} />
        {problem.remedy && (
          <Text size="sm" dir="auto">
            {i18n.exists(remedy) ? t(remedy) : problem.remedy}
          </Text>
        )}
        {retry && !FINAL.includes(problem.code) && (
          <Button size="xs" variant="default" onClick={retry}>
            {t('problem.retry')}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

/** In the place of a page that could not be read. */
export function PageProblem(props: { readonly error: Error; readonly retry: () => void }) {
  const { t } = useTranslation();
  return (
    <Stack>
      <Title order={1} size="h2">
        {t('problem.page')}
      </Title>
      <ProblemNote {...props} />
      <BackToToday />
    </Stack>
  );
}

export function NotThere() {
  const { t } = useTranslation();
  return (
    <Stack>
      <Title order={1} size="h2">
        {t('problem.no-page')}
      </Title>
      <BackToToday />
    </Stack>
  );
}

function BackToToday() {
  const { t } = useTranslation();
  return (
    <div>
      <Link to="/" className="link">
        {t('rooms.today')}
      </Link>
    </div>
  );
}
