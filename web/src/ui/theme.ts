/** Colours of the workspace in light and dark; `styles.css` has what is no component's. */
import { type CSSVariablesResolver, createTheme } from '@mantine/core';

export const theme = createTheme({
  fontFamily: 'var(--entente-font)',
  fontFamilyMonospace: 'var(--entente-mono)',
  primaryColor: 'harbour',
  primaryShade: { light: 7, dark: 6 },
  respectReducedMotion: true,
  autoContrast: true,
  luminanceThreshold: 0.35,
  defaultRadius: 'md',
  headings: { fontWeight: '650' },
  components: {
    // The head of a dialog is no banner of the page.
    Modal: { defaultProps: { attributes: { header: { role: 'none' } } } },
    // What scrolls is reachable by keyboard.
    TableScrollContainer: { defaultProps: { type: 'native', tabIndex: 0 } },
  },
  colors: {
    harbour: [
      '#e9f6fb',
      '#d3eaf3',
      '#a6d5e7',
      '#78c0db',
      '#59aecf',
      '#3f9ac0',
      '#1e7c9f',
      '#0b5d7a',
      '#094e66',
      '#073f53',
    ],
    // Words, what is said aside, placeholders (4.5 to 1 on a field), lines, fields, panels, ground: greys with the blue of the primary colour.
    dark: [
      '#d9e0e6',
      '#bfc9d1',
      '#a4b0ba',
      '#8b99a5',
      '#36424b',
      '#2c363e',
      '#1f2931',
      '#182027',
      '#11171c',
      '#0c1115',
    ],
  },
});

/** In the dark, a word of a colour stands on a veil of it: the panel shines through, and what is dangerous is red rather than white. */
export const veils: CSSVariablesResolver = ({ colors }) => ({
  variables: {},
  light: {},
  dark: Object.fromEntries(
    Object.keys(colors)
      .filter((name) => name !== 'dark')
      .flatMap((name) => {
        const veil = (percent: number) =>
          `color-mix(in srgb, var(--mantine-color-${name}-5) ${percent}%, transparent)`;
        return [
          [`--mantine-color-${name}-light`, veil(16)],
          [`--mantine-color-${name}-light-hover`, veil(24)],
          [`--mantine-color-${name}-light-color`, `var(--mantine-color-${name}-2)`],
        ];
      }),
  ),
});
