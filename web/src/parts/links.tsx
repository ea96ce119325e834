import { Anchor, Button, type AnchorProps, type ButtonProps } from "@mantine/core";
import { IconArrowLeft, IconArrowRight } from "./icons";
import { createLink } from "@tanstack/react-router";
import type { AnchorHTMLAttributes } from "react";

type Native<P> = P & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof P> & { ref?: React.Ref<HTMLAnchorElement> };

/** Links that look as components do, and know the paths there are. */
export const LinkButton = createLink((props: Native<ButtonProps>) => <Button component="a" {...props} />);
export const LinkAnchor = createLink((props: Native<AnchorProps>) => <Anchor component="a" {...props} />);

/** Back leads from a thing to the list that it is in. */
export function Back({ to, children }: { to: "/users" | "/tenants" | "/instances" | "/logto/deliveries" | "/policy/roles" | "/policy/resources" | "/policy/sets" | "/policy/urls"; children: string }) {
  return <LinkAnchor to={to} size="sm" w="fit-content" className="way-back"><IconArrowLeft size={15} aria-hidden /> {children}</LinkAnchor>;
}

/** BackTo leads from what is done with a thing to the thing. */
export const BackTo = createLink(({ children, ...props }: Native<AnchorProps>) => <Anchor component="a" size="sm" w="fit-content" {...props} className="way-back"><IconArrowLeft size={15} aria-hidden /> {children}</Anchor>);

/** All leads from a few of a list to the list. */
export const All = createLink((props: Native<AnchorProps>) => <Anchor component="a" size="sm" {...props} className="way-on">All <IconArrowRight size={14} aria-hidden /></Anchor>);
