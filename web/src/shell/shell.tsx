/** What is around every room: where one is, where one can go, and what is under way. */
import { ActionIcon, Burger, Button, Group, Loader, NavLink, Text } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, away, call, queries, reading } from '../api/client.ts';
import { withWords } from '../i18n/index.ts';
import { ProblemNote } from '../ui/problem.tsx';
import { Languages, Scheme } from './choices.tsx';
import { Choice, DropDown } from './drop-down.tsx';
import { Brand, Icon } from './icons.tsx';
import { type Me, useMe } from './me.ts';
import { ROOMS } from './rooms.ts';
import { WorkMenu } from './work-menu.tsx';

const Palette = lazy(() => withWords(() => import('./palette.tsx')));
const SignIn = lazy(() => withWords(() => import('./sign-in.tsx')));

export function Shell() {
  const { data: me, error, isPending, refetch } = useMe();
  const isStranger = error instanceof ApiError && error.problem.status === 401;
  if (isPending)
    return (
      <>
        <Away />
        <Centre label="shell.loading" />
      </>
    );
  if (isStranger)
    return (
      <Suspense fallback={<Centre label="shell.loading" />}>
        <SignIn onSignedIn={() => refetch()} />
      </Suspense>
    );
  if (error || !me)
    return (
      <main style={{ padding: '1.25rem' }}>
        <ProblemNote error={error} retry={() => refetch()} />
      </main>
    );
  return <Inside me={me} />;
}

function Centre({ label }: { readonly label: string }) {
  const { t } = useTranslation();
  return (
    <main style={{ display: 'grid', placeItems: 'center', minHeight: '60vh' }}>
      <Loader aria-label={t(label)} />
    </main>
  );
}

/** Said while the node is away; when it is back, everything that is shown is asked again. */
function Away() {
  const { t } = useTranslation();
  const isAway = useSyncExternalStore(away.subscribe, away.now);
  const was = useRef(isAway);
  useEffect(() => {
    if (was.current && !isAway) void queries.invalidateQueries();
    was.current = isAway;
  }, [isAway]);
  if (!isAway) return null;
  return (
    <div role="alert" className="away">
      {t('shell.away')}
    </div>
  );
}

function Inside({ me }: { readonly me: Me }) {
  const { t } = useTranslation();
  const [open, menu] = useDisclosure(false);
  const [searching, palette] = useDisclosure(false);
  const here = useLocation({ select: ({ pathname }) => pathname });
  useHotkeys([['mod+K', palette.open]], []);
  const rooms = ROOMS.filter(({ asks }) => asks.some((route) => me.may.includes(route)));
  const isHere = (path: string) => (path === '/' ? here === '/' : here.startsWith(path));
  const room = rooms.find(({ path }) => isHere(path));
  useEffect(() => {
    document.title = `${room ? `${t(`rooms.${room.name}`)} · ` : ''}${me.organisation} · Entente`;
  }, [room, me, t]);
  return (
    <div className="shell">
      <a className="skip" href="#content">
        {t('shell.skip')}
      </a>
      <header>
        <Group gap="sm" wrap="nowrap" miw={0}>
          <Burger
            opened={open}
            onClick={menu.toggle}
            hiddenFrom="sm"
            size="sm"
            aria-label={t('shell.menu')}
            aria-expanded={open}
          />
          <div className="brand">
            <Brand />
            <strong>Entente</strong>
            <span>{me.organisation}</span>
          </div>
        </Group>
        <Group gap="xs" wrap="nowrap">
          <Button
            variant="default"
            size="xs"
            leftSection={<Icon name="search" size={15} />}
            onClick={palette.open}
            visibleFrom="xs"
          >
            {t('shell.search')} <kbd className="mono">&nbsp;Ctrl K</kbd>
          </Button>
          <ActionIcon
            variant="default"
            size="lg"
            onClick={palette.open}
            hiddenFrom="xs"
            aria-label={t('shell.search')}
          >
            <Icon name="search" size={15} />
          </ActionIcon>
          <WorkMenu />
          <Languages />
          <Scheme />
          <Account me={me} />
        </Group>
      </header>
      <nav className="shell-nav" aria-label={t('shell.rooms')} data-open={open || undefined}>
        {rooms.map(({ name, path, icon }) => (
          <NavLink
            key={name}
            component={Link}
            to={path}
            className="nav-link"
            label={t(`rooms.${name}`)}
            leftSection={<Icon name={icon} />}
            active={isHere(path)}
            aria-current={isHere(path) ? 'page' : undefined}
            onClick={menu.close}
          />
        ))}
      </nav>
      <main id="content" tabIndex={-1}>
        <Away />
        <div className="page">
          <Suspense fallback={<Loader aria-label={t('shell.loading')} />}>
            <Outlet />
          </Suspense>
        </div>
      </main>
      <Suspense>{searching && <Palette close={palette.close} rooms={rooms} may={me.may} />}</Suspense>
    </div>
  );
}

function Account({ me }: { readonly me: Me }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const leave = useMutation({
    mutationFn: async () => {
      const { sessions } = await call('GET /sessions');
      const mine = sessions.find(({ current }) => current);
      if (mine) await call('DELETE /sessions/{id}', { params: { id: mine.id } });
    },
    onSuccess: () => {
      queries.clear();
      void queries.invalidateQueries(reading('GET /me'));
      window.location.assign('/');
    },
  });
  return (
    <>
      <Button
        variant="light"
        size="sm"
        maw={{ base: '7rem', xs: 180 }}
        aria-label={t('shell.account', { name: me.name })}
        popoverTarget="account"
      >
        {me.name}
      </Button>
      <DropDown id="account" label={t('shell.account', { name: me.name })}>
        <Text size="xs" c="dimmed" px="sm" py={6}>
          {me.roles.map((role) => t(`roles.${role}`)).join(' · ')}
        </Text>
        <Choice of="account" onChoose={() => navigate({ to: '/me' })}>
          {t('rooms.me')}
        </Choice>
        <Choice of="account" onChoose={() => leave.mutate()}>
          {t('shell.sign-out')}
        </Choice>
      </DropDown>
    </>
  );
}
