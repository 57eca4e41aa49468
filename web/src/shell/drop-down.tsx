/**
 * What opens below a button in the head of the page. It is the browser's own popover: Escape or a press elsewhere closes it, the focus goes
 * back to the button, and no script has to be loaded for it.
 */
import { type KeyboardEvent, type ReactNode, useRef } from 'react';

export function DropDown(props: {
  readonly id: string;
  readonly label: string;
  readonly isWide?: boolean;
  readonly children: ReactNode;
}) {
  const list = useRef<HTMLDivElement>(null);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be a popover in every browser
    <div
      ref={list}
      id={props.id}
      popover="auto"
      role="group"
      aria-label={props.label}
      className={props.isWide ? 'drop-down wide' : 'drop-down'}
      onKeyDown={(event) => step(event, list.current)}
    >
      {props.children}
    </div>
  );
}

/** A line of it: done and closed by one press. */
export function Choice(props: {
  readonly of: string;
  readonly isNow?: boolean;
  readonly lang?: string;
  readonly onChoose: () => void;
  readonly children: ReactNode;
}) {
  return (
    <button
      type="button"
      className="choice"
      lang={props.lang}
      popoverTarget={props.of}
      popoverTargetAction="hide"
      aria-current={props.isNow ? 'true' : undefined}
      onClick={props.onChoose}
    >
      {props.children}
    </button>
  );
}

function step(event: KeyboardEvent, list: HTMLElement | null): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by === undefined || !list) return;
  event.preventDefault();
  const choices = [...list.querySelectorAll<HTMLElement>('button, a')];
  const at = choices.indexOf(document.activeElement as HTMLElement);
  choices.at((at + by) % choices.length)?.focus();
}
