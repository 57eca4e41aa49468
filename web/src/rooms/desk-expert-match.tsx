/** Who of the roster fits a request, and what the others lack. */
import { Badge, Radio, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { type Answer, reading } from '../api/client.ts';
import { useFormat } from '../ui/format.ts';
import { Empty } from '../ui/page.tsx';
import { ProblemNote } from '../ui/problem.tsx';

type Lack = Answer<'GET /requests/{id}/experts'>['fits'][number]['lacks'][number];

export function ExpertChoice(props: {
  readonly request: string;
  readonly chosen: string | null;
  readonly onChoose: (id: string) => void;
}) {
  const { t, i18n } = useTranslation();
  const { list } = useFormat();
  const { data, error, refetch } = useQuery(
    reading('GET /requests/{id}/experts', { params: { id: props.request } }),
  );
  if (error) return <ProblemNote error={error} retry={() => refetch()} />;
  if (!data) return <Skeleton h={80} />;
  if (data.fits.length === 0)
    return (
      <Empty words={t('desk.no-experts')}>
        <Link className="link" to="/desk/$part" params={{ part: 'experts' }}>
          {t('desk.part.experts')}
        </Link>
      </Empty>
    );
  const languageName = new Intl.DisplayNames(i18n.language, { type: 'language' });
  const words = ({ what, needed, has }: Lack) => {
    switch (what) {
      case 'clearance':
        return t('expert.lacks.clearance', {
          needed: t(`desk.clearance.${needed}`),
          has: t(`desk.clearance.${has}`),
        });
      case 'free-days':
        return t('expert.lacks.free-days', { needed: Number(needed), has: Number(has) });
      case 'language':
        return t('expert.lacks.language', { needed: languageName.of(String(needed)) ?? needed });
      default:
        return t('expert.lacks.skill', { needed });
    }
  };
  return (
    <Radio.Group label={t('expert.who-comes')} value={props.chosen ?? ''} onChange={props.onChoose}>
      <Stack gap="xs" mt="xs">
        {data.fits.map(({ expert, lacks, sharedHours }) => (
          <Radio
            key={expert.id}
            value={expert.id}
            label={
              <>
                <bdi>{expert.name}</bdi>{' '}
                <Badge
                  component="span"
                  size="sm"
                  variant="light"
                  color={lacks.length === 0 ? 'teal' : 'orange'}
                >
                  {t(lacks.length === 0 ? 'expert.fits' : 'expert.lacks')}
                </Badge>
              </>
            }
            description={
              <Text component="span" size="sm" inherit>
                {lacks.length === 0
                  ? t('expert.shared-hours', { count: sharedHours })
                  : list(lacks.map(words))}
              </Text>
            }
          />
        ))}
      </Stack>
    </Radio.Group>
  );
}
