// The few pictures of the page. They are decoration: what they mean is said in text or a label.
import type { ReactNode } from "react";

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg
      className="icon"
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export const SunIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="3.4" />
    <path d="M10 2.4v1.8M10 15.8v1.8M2.4 10h1.8M15.8 10h1.8M4.6 4.6l1.3 1.3M14.1 14.1l1.3 1.3M15.4 4.6l-1.3 1.3M5.9 14.1l-1.3 1.3" />
  </Icon>
);

export const MoonIcon = () => (
  <Icon>
    <path d="M16.6 11.9A7 7 0 0 1 8.1 3.4a7 7 0 1 0 8.5 8.5Z" />
  </Icon>
);

export const CloseIcon = () => (
  <Icon>
    <path d="M5 5l10 10M15 5L5 15" />
  </Icon>
);

export const SearchIcon = () => (
  <Icon>
    <circle cx="9" cy="9" r="5.2" />
    <path d="M13 13l4 4" />
  </Icon>
);

export const ChevronIcon = () => (
  <Icon>
    <path d="M5.5 8l4.5 4.5L14.5 8" />
  </Icon>
);

export const StarIcon = () => (
  <Icon>
    <path d="M10 2.8l2.2 4.6 5 .7-3.6 3.5.9 5L10 14.2l-4.5 2.4.9-5L2.8 8.1l5-.7z" />
  </Icon>
);

export const EditIcon = () => (
  <Icon>
    <path d="M4 16l.8-3.6L13 4.2l2.8 2.8-8.2 8.2z" />
  </Icon>
);

export const PlusIcon = () => (
  <Icon>
    <path d="M10 4v12M4 10h12" />
  </Icon>
);

export const UpIcon = () => (
  <Icon>
    <path d="M10 16V4M5 9l5-5 5 5" />
  </Icon>
);

export const DownIcon = () => (
  <Icon>
    <path d="M10 4v12M5 11l5 5 5-5" />
  </Icon>
);

export const PersonIcon = () => (
  <Icon>
    <circle cx="10" cy="7" r="3.2" />
    <path d="M3.8 16.6a6.2 6.2 0 0 1 12.4 0" />
  </Icon>
);

export const LatestIcon = () => (
  <Icon>
    <path d="M5 5l5 5-5 5M11 5l5 5-5 5" />
  </Icon>
);

/** A candle of the chart with a candle's flame. */
export const Logo = () => (
  <svg className="logo" viewBox="4 1 24 30" aria-hidden="true">
    <path
      className="logo-flame"
      d="M16 1.5c3.2 3.5 3.8 5.4 3.8 6.7a3.8 3.8 0 0 1-7.6 0C12.2 6.9 12.8 5 16 1.5z"
    />
    <path className="logo-wick" d="M16 10.5v3.5M16 26v4" />
    <rect className="logo-body" x="10.5" y="13.5" width="11" height="13" rx="1.8" />
  </svg>
);
