// The icons of the dashboard, drawn here: on a grid of 24, by strokes. A package of icons
// brings thousands of files for the few that are shown.
import type { SVGProps } from "react";

/** IconProps are those of svg, but size is the width and the height, and stroke a width. */
export interface IconProps extends Omit<SVGProps<SVGSVGElement>, "stroke"> {
  size?: number;
  stroke?: number;
}

/** Hidden from screen readers, unless it says something. */
function frame(size: number, { color = "currentColor", ...rest }: Omit<IconProps, "size" | "stroke">) {
  return { viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": rest["aria-label"] ? undefined : true, color, ...rest };
}

function outline(d: string, dashes?: string) {
  return function Icon({ size = 24, stroke = 2, ...rest }: IconProps) {
    return (
      <svg {...frame(size, rest)} fill="none" stroke="currentColor" strokeWidth={stroke} strokeDasharray={dashes} strokeLinecap="round" strokeLinejoin="round">
        <path d={d} />
      </svg>
    );
  };
}

function filled(d: string) {
  return function Icon({ size = 24, stroke: _, ...rest }: IconProps) {
    return (
      <svg {...frame(size, rest)} fill="currentColor" fillRule="evenodd">
        <path d={d} />
      </svg>
    );
  };
}

const circle = "M3 12a9 9 0 1 0 18 0a9 9 0 1 0-18 0";
const disc = "M2 12a10 10 0 1 0 20 0a10 10 0 1 0-20 0z";
const person = "M6 8a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0";

export const IconAdjustments = outline("M4 7h8M16 7h4M4 17h4M12 17h8M12 7a2 2 0 1 0 4 0a2 2 0 1 0-4 0M8 17a2 2 0 1 0 4 0a2 2 0 1 0-4 0");
export const IconAlertTriangle = outline("M12 4 2.8 19.5h18.4zM12 10v4M12 16.8h.01");
export const IconArrowLeft = outline("M19 12H5M11 6l-6 6 6 6");
export const IconArrowRight = outline("M5 12h14M13 6l6 6-6 6");
export const IconArrowsExchange = outline("M4 8h15M15.5 4.5 19 8l-3.5 3.5M20 16H5M8.5 12.5 5 16l3.5 3.5");
export const IconBan = outline(`${circle}M5.7 5.7l12.6 12.6`);
export const IconBox = outline("M12 3l8 4.5v9L12 21l-8-4.5v-9zM12 12l8-4.5M12 12v9M12 12 4 7.5");
export const IconBraces = outline("M8 4H7a2 2 0 0 0-2 2v4l-2 2 2 2v4a2 2 0 0 0 2 2h1M16 4h1a2 2 0 0 1 2 2v4l2 2-2 2v4a2 2 0 0 1-2 2h-1");
export const IconBuilding = outline("M3 21h18M6 21V4h12v17M10 8h.01M14 8h.01M10 12h.01M14 12h.01M10.5 21v-4.5h3V21");
export const IconCheck = outline("M5 12.5 9.5 17 19 7.5");
export const IconChevronDown = outline("M6 9l6 6 6-6");
export const IconChevronLeft = outline("M15 6l-6 6 6 6");
export const IconChevronRight = outline("M9 6l6 6-6 6");
export const IconCircleCheck = outline(`${circle}M8.3 12.4l2.7 2.7 4.8-5.2`);
export const IconCircleCheckFilled = filled(`${disc}M11 16.4l-4.2-4.2 1.4-1.4 2.8 2.8 5.3-5.3 1.4 1.4z`);
export const IconCircleDashed = outline(circle, "3.6 3.47");
export const IconCircleX = outline(`${circle}M9.3 9.3l5.4 5.4M14.7 9.3l-5.4 5.4`);
export const IconCircleXFilled = filled(`${disc}M12 10.6l3.5-3.5 1.4 1.4-3.5 3.5 3.5 3.5-1.4 1.4-3.5-3.5-3.5 3.5-1.4-1.4 3.5-3.5-3.5-3.5 1.4-1.4z`);
export const IconCopy = outline("M11 9h7a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2h-7a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2zM15 9V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v7a2 2 0 0 0 2 2h3");
export const IconFileDiff = outline("M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8zM14 3v5h5M12 11v4M10 13h4M10 17.5h4");
export const IconFilter = outline("M4 5h16l-6.5 8v6.5L10.5 18v-5z");
export const IconHelpHexagon = outline("M12 2.8l8 4.6v9.2l-8 4.6-8-4.6V7.4zM9.7 9.6a2.3 2.3 0 1 1 3.3 2.1c-.6.3-1 .8-1 1.6M12 16.5h.01");
export const IconHistory = outline("M4 12a8 8 0 1 0 2.6-5.9L4 8.5M4 4v4.5h4.5M12 8v4.5l3 1.8");
export const IconHome = outline("M4 11l8-7 8 7M6 9.5V20h12V9.5M10 20v-6h4v6");
export const IconKey = outline("M4 16a4 4 0 1 0 8 0a4 4 0 1 0-8 0M10.8 13.2 20 4M16.5 7.5l3 3M13.5 10.5l2 2");
export const IconLink = outline("M10 14a4 4 0 0 0 5.7 0l3.5-3.5a4 4 0 0 0-5.7-5.7L12 6.3M14 10a4 4 0 0 0-5.7 0l-3.5 3.5a4 4 0 0 0 5.7 5.7L12 17.7");
export const IconLock = outline("M7 11h10a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2v-6a2 2 0 0 1 2-2zM8 11V7.5a4 4 0 0 1 8 0V11M12 15v2");
export const IconLogout = outline("M14 4H7a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h7M10 12h11M17.5 8.5 21 12l-3.5 3.5");
export const IconMoon = outline("M20 14.5A8.5 8.5 0 1 1 9.5 4 6.8 6.8 0 0 0 20 14.5z");
export const IconPencil = outline("M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19zM13.5 7l3.5 3.5");
export const IconPlayerPlay = outline("M7 4.5v15l12-7.5z");
export const IconPlus = outline("M12 5v14M5 12h14");
export const IconPuzzle = outline("M4 8h4.2a2.3 2.3 0 1 1 3.6 0H16v4.2a2.3 2.3 0 1 1 0 3.6V20H4z");
export const IconRefresh = outline("M20 11A8 8 0 0 0 5.5 7.4L4 9.5M4 5v4.5h4.5M4 13a8 8 0 0 0 14.5 3.6l1.5-2.1M20 19v-4.5h-4.5");
export const IconScale = outline("M12 3v18M8 21h8M5 7l7-2 7 2M5 7l-3 7a3.2 3.2 0 0 0 6 0zM19 7l-3 7a3.2 3.2 0 0 0 6 0z");
export const IconSearch = outline("M4 10.5a6.5 6.5 0 1 0 13 0a6.5 6.5 0 1 0-13 0M15.3 15.3 20 20");
export const IconSettings = outline("M9 12a3 3 0 1 0 6 0a3 3 0 1 0-6 0M5.5 12a6.5 6.5 0 1 0 13 0a6.5 6.5 0 1 0-13 0M12 5.5V3M12 21v-2.5M5.5 12H3M21 12h-2.5M7.4 7.4 5.6 5.6M18.4 18.4l-1.8-1.8M7.4 16.6l-1.8 1.8M18.4 5.6l-1.8 1.8");
export const IconSun = outline("M8 12a4 4 0 1 0 8 0a4 4 0 1 0-8 0M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4");
export const IconTable = outline("M5 4h14a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1zM4 10h16M10 4v16");
export const IconTestPipe = outline("M19.5 8.5 9 19a3.2 3.2 0 0 1-4.5-4.5L15 4M13.5 2.5l8 8M8 11.5h8");
export const IconTool = outline("M18 3.5A4.5 4.5 0 1 0 20.5 6l-3 3L15 6.5zM13.1 10.9l-8.6 8.6");
export const IconTrash = outline("M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5.5M14 11v5.5");
export const IconUserShield = outline(`${person}M3 20v-1a5 5 0 0 1 5-5h2.5M17 13l4 1.5v2.8c0 2-1.6 3.4-4 4.2-2.4-.8-4-2.2-4-4.2v-2.8z`);
export const IconUsers = outline(`${person}M3 20v-1a5 5 0 0 1 5-5h3a5 5 0 0 1 5 5v1M16 4.7a3.5 3.5 0 0 1 0 6.6M21 20v-1a5 5 0 0 0-3.5-4.8`);
export const IconWebhook = outline("M9.5 6a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0M3.5 17a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0M15.5 17a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0M10.8 8.2l-3.6 6.6M8.5 17h7M16.8 14.8l-3.6-6.6");
export const IconX = outline("M6 6l12 12M18 6 6 18");
