/** Courses: for each role, lessons and exercises in order; a lesson is read here, and its questions are answered here. */
import {
  Alert,
  Anchor,
  Badge,
  Button,
  Group,
  List,
  Radio,
  SimpleGrid,
  Skeleton,
  Stack,
  Text,
  Title,
} from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Answer, call, queries, reading } from '../api/client.ts';
import type { Language } from '../i18n/index.ts';
import { Panel } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';

type Course = Answer<'GET /courses'>['courses'][number];
type Block = Answer<'GET /lessons/{id}'>['blocks'][number];

const useLang = () => useTranslation().i18n.language as Language;

export function Courses() {
  const lang = useLang();
  const { data, error, refetch } = useQuery(reading('GET /courses', { query: { lang } }));
  if (error) return <ProblemNote error={error} retry={() => refetch()} />;
  if (!data) return <Skeleton h={200} />;
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }}>
      {data.courses.map((course) => (
        <CoursePanel key={course.path} course={course} />
      ))}
    </SimpleGrid>
  );
}

function CoursePanel({ course }: { readonly course: Course }) {
  const { t } = useTranslation();
  const done = course.steps.filter((one) => one.done).length;
  return (
    <Panel
      title={course.title}
      actions={
        <Badge variant="light" color={course.finished ? 'teal' : 'gray'}>
          {course.finished
            ? t('training.finished')
            : t('training.progress', { done, of: course.steps.length })}
        </Badge>
      }
    >
      <Text size="sm" c="dimmed">
        {course.about}
      </Text>
      <List type="ordered" size="sm" spacing={4}>
        {course.steps.map(({ kind, id, title, done }) => (
          <List.Item key={id}>
            {kind === 'lesson' ? (
              <Link className="link" to="/desk/$part/$id" params={{ part: 'training', id }}>
                {title}
              </Link>
            ) : (
              t('training.exercise-named', { title })
            )}
            {done && (
              <Text span c="teal" fw={600}>
                {' '}
                ✓ {t('training.done')}
              </Text>
            )}
          </List.Item>
        ))}
      </List>
    </Panel>
  );
}

export function Lesson({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const lang = useLang();
  const { data, error, refetch } = useQuery(
    reading('GET /lessons/{id}', { params: { id }, query: { lang } }),
  );
  const [chosen, setChosen] = useState<Readonly<Record<number, number>>>({});
  const say = useMutation({
    mutationFn: (choices: number[]) =>
      call('POST /lessons/{id}/answers', { params: { id }, query: { lang }, body: { choices } }),
    onSuccess: () => queries.invalidateQueries(reading('GET /courses', { query: { lang } })),
  });
  if (error) return <ProblemNote error={error} retry={() => refetch()} />;
  if (!data) return <Skeleton h={400} />;
  const choices = data.questions.map((_, i) => chosen[i] ?? 0);
  return (
    <Stack maw="46rem">
      <article>
        <Stack gap="sm">
          <Title order={2} size="h3">
            {data.title}
          </Title>
          {sections(data.blocks).map((blocks) => (
            <Section key={blocks[0]!.text} blocks={blocks} />
          ))}
        </Stack>
      </article>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          say.mutate(choices);
        }}
      >
        <Stack>
          {data.questions.map(({ text, choices: offered }, i) => {
            const answer = say.data?.answers[i];
            return (
              <Panel key={text} title={t('training.question', { number: i + 1 })}>
                <Radio.Group
                  label={text}
                  value={String(chosen[i] ?? '')}
                  onChange={(value) => {
                    setChosen({ ...chosen, [i]: Number(value) });
                    say.reset();
                  }}
                >
                  <Stack gap="xs" mt="xs">
                    {offered.map((one, n) => (
                      <Radio key={one} value={String(n + 1)} label={one} />
                    ))}
                  </Stack>
                </Radio.Group>
                {answer && (
                  <Alert color={answer.right ? 'teal' : 'orange'}>
                    <Text fw={600} size="sm">
                      {t(answer.right ? 'training.right' : 'training.wrong')}
                    </Text>
                    {answer.why ?? t('training.read-again')}
                  </Alert>
                )}
              </Panel>
            );
          })}
          <ProblemNote error={say.error} />
          {say.data?.passed && (
            <Alert color="teal" role="status">
              {t('training.lesson-done')}
            </Alert>
          )}
          <Group justify="space-between">
            <Anchor component={Link} to="/desk/training" size="sm">
              {t('training.all-courses')}
            </Anchor>
            <Button type="submit" disabled={choices.includes(0)} loading={say.isPending}>
              {t('training.check')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Stack>
  );
}

/** Points that follow each other are one list. */
function sections(blocks: readonly Block[]): Block[][] {
  const found: Block[][] = [];
  for (const block of blocks) {
    const last = found.at(-1);
    if (last && last[0]!.kind === block.kind && (block.kind === 'point' || block.kind === 'command'))
      last.push(block);
    else found.push([block]);
  }
  return found;
}

function Section({ blocks }: { readonly blocks: readonly Block[] }) {
  const { kind, text } = blocks[0]!;
  if (kind === 'heading')
    return (
      <Title order={3} size="h5" mt="sm">
        {text}
      </Title>
    );
  if (kind === 'command')
    return (
      // Can be scrolled, so it can be reached by the keyboard.
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region needs it (axe: scrollable-region-focusable)
      <pre className="commands" dir="ltr" tabIndex={0}>
        {blocks.map((one) => one.text).join('\n')}
      </pre>
    );
  if (kind === 'point')
    return (
      <List spacing={4}>
        {blocks.map((one) => (
          <List.Item key={one.text}>
            <Words text={one.text} />
          </List.Item>
        ))}
      </List>
    );
  return (
    <Text>
      <Words text={text} />
    </Text>
  );
}

/** What stands between back ticks is typed, so it runs from left to right in every language. */
function Words({ text }: { readonly text: string }) {
  return text.split('`').map((part, i) =>
    i % 2 === 0 ? (
      part
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: the text does not change
      <bdi key={i} className="mono" dir="ltr">
        {part}
      </bdi>
    ),
  );
}
