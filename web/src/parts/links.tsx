import { Anchor, Button, type AnchorProps, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { AnchorHTMLAttributes } from "react";

type Native<P> = P & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof P> & { ref?: React.Ref<HTMLAnchorElement> };

/** Links that look as components do, and know the paths there are. */
export const LinkButton = createLink((props: Native<ButtonProps>) => <Button component="a" {...props} />);
export const LinkAnchor = createLink((props: Native<AnchorProps>) => <Anchor component="a" {...props} />);
