// Written by npm run types. Do not edit.

export interface paths {
    "/console/v1/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is received, waiting and failing in the environment of the key. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The status now. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Status"];
                    };
                };
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is signed in. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The person. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Session"];
                    };
                };
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
            };
        };
        put?: never;
        /** Signs in, by e-mail address and password, or by a link that works once. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        email?: string;
                        password?: string;
                        /** @description what stands behind # in the link */
                        link?: string;
                    };
                };
            };
            responses: {
                /** @description The person; the cookie is set. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Session"];
                    };
                };
                400: components["responses"]["Failure"];
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                413: components["responses"]["Failure"];
                422: components["responses"]["Failure"];
                429: components["responses"]["Failure"];
                503: components["responses"]["Failure"];
            };
        };
        /** Signs out. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The session has ended, if there was one. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                403: components["responses"]["Failure"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/session/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Replaces the password of who is signed in, ends all sessions of that person and begins another. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description the password that holds now; left out by who came by a link and has none */
                        current?: string;
                        password: string;
                    };
                };
            };
            responses: {
                /** @description It holds; the cookie is set. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                400: components["responses"]["Failure"];
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                413: components["responses"]["Failure"];
                422: components["responses"]["Failure"];
                429: components["responses"]["Failure"];
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/sign-in": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How people may sign in beside the password. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The ways. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description the path that leads to Logto, and from there to the dashboard; null if that is no way */
                            logto: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/sign-in/logto": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Leads a browser to Logto, to sign in by OpenID Connect.
         * @description A code with PKCE; what the browser must bring back is in a cookie, good for ten minutes.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description To Logto, or to the dashboard, which says why not. */
                303: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: components["responses"]["Failure"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/sign-in/logto/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where Logto sends the browser back. Begins the session of the member whose verified e-mail address the ID token says. */
        get: {
            parameters: {
                query?: {
                    code?: string;
                    state?: string;
                    iss?: string;
                    error?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description To the dashboard. Who is refused is told why: refused is strange, declined, unreachable, untrusted, unverified or stranger. */
                303: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: components["responses"]["Failure"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/members/{member}/link": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description id of the member */
                member: string;
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes a link that signs a member in, once, within a day. Needs admin access to the organization.
         * @description The process that made it knows it, and forgets it when it stops.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description id of the member */
                    member: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The link, which is in no other answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description behind the address of the server */
                            path: string;
                            /** Format: date-time */
                            expires_at: string;
                        };
                    };
                };
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/projects/{proj}/envs/{env}/activity": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description key or id of the project */
                proj: string;
                /** @description key or id of the environment */
                env: string;
            };
            cookie?: never;
        };
        /** How many decisions there were in the last quarter of an hour, step by step. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The counts; lists of decisions are not among them. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description false: decisions are not recorded */
                            recorded: boolean;
                            /**
                             * Format: date-time
                             * @description beginning of the first step
                             */
                            from: string;
                            step_seconds: number;
                            allowed: number[];
                            denied: number[];
                        };
                    };
                };
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/projects/{proj}/envs/{env}/users/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description key or id of the project */
                proj: string;
                /** @description key or id of the environment */
                env: string;
                /** @description key or id of the user */
                user: string;
            };
            cookie?: never;
        };
        /** A user with who gave each role, and what the source says. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                    /** @description key or id of the user */
                    user: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The user. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["User"];
                    };
                };
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/projects/{proj}/envs/{env}/tenants/{tenant}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description key or id of the project */
                proj: string;
                /** @description key or id of the environment */
                env: string;
                /** @description key or id of the tenant */
                tenant: string;
            };
            cookie?: never;
        };
        /** A tenant, with the organization that it is kept equal to. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                    /** @description key or id of the tenant */
                    tenant: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The tenant. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Tenant"];
                    };
                };
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/projects/{proj}/envs/{env}/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What was changed in an environment, by whom, latest first.
         * @description A key of any level that reaches the environment may ask.
         */
        get: {
            parameters: {
                query?: {
                    kind?: components["schemas"]["Kind"];
                    /** @description as the answer says it */
                    key?: string;
                    /** @description key of a user: the user, and the roles and memberships they hold, held or wait for */
                    user?: string;
                    /** @description key: and the id of an API key, or the name of a source; several are any of them */
                    actor?: string[];
                    from?: string;
                    to?: string;
                    /** @description a cursor of an answer, or a revision */
                    before?: string;
                    limit?: number;
                };
                header?: never;
                path: {
                    /** @description key or id */
                    proj: string;
                    /** @description key or id */
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description One page. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Changes"];
                    };
                };
                400: components["responses"]["Failure"];
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/projects/{proj}/envs/{env}/logto/claims": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description key or id of the project */
                proj: string;
                /** @description key or id of the environment */
                env: string;
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The roles of a user, for Logto's script that puts claims into tokens. docs/logto-claims.md has the script. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description id of a user of Logto */
                        user: string;
                    };
                };
            };
            responses: {
                /** @description The roles; nobody's are empty. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description in any tenant, each once, sorted */
                            roles: string[];
                            /** @description the roles in each tenant */
                            tenants: {
                                [key: string]: string[];
                            };
                        };
                    };
                };
                400: components["responses"]["Failure"];
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
                413: components["responses"]["Failure"];
                422: components["responses"]["Failure"];
                503: components["responses"]["Failure"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/projects/{proj}/envs/{env}/logto/connection": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description key or id of the project */
                proj: string;
                /** @description key or id of the environment */
                env: string;
            };
            cookie?: never;
        };
        /** How Logto is reached, without secrets. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What is in use. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description the Management API is in use */
                            connected: boolean;
                            endpoint: string;
                            app_id: string;
                            /** @description the server's settings say so, and not what is stored */
                            by_settings: boolean;
                            /** @description how many are accepted */
                            signing_keys: number;
                            /** @description its address; empty if Logto could not reach it */
                            webhook: string;
                        };
                    };
                };
                400: components["responses"]["Failure"];
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
                409: components["responses"]["Failure"];
            };
        };
        /**
         * Checks the app, makes or repairs the webhook in Logto, stores the connection encrypted, and uses it at once.
         * @description Needs an API key with admin access. Where the server's settings name Logto, everything may be left empty.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        endpoint?: string;
                        app_id?: string;
                        app_secret?: string;
                        /** @description indicator of the Management API; empty: that of a self-hosted Logto */
                        resource?: string;
                        /** @description address of Gatehouse as Logto sees it; empty: what the server knows */
                        public_url?: string;
                    };
                };
            };
            responses: {
                /** @description What was done, and what was not. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            steps: {
                                step: string;
                                done: boolean;
                                detail: string;
                            }[];
                        };
                    };
                };
                400: components["responses"]["Failure"];
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
                409: components["responses"]["Failure"];
                413: components["responses"]["Failure"];
                422: components["responses"]["Failure"];
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/projects/{proj}/envs/{env}/logto/checkup": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description key or id of the project */
                proj: string;
                /** @description key or id of the environment */
                env: string;
            };
            cookie?: never;
        };
        /** What is wrong between Logto and the environment, with the remedy. Asks Logto. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What was looked at. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            findings: {
                                check: string;
                                ok: boolean;
                                /** @description what is so, or what is wrong with the remedy */
                                detail: string;
                            }[];
                        };
                    };
                };
                400: components["responses"]["Failure"];
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
                409: components["responses"]["Failure"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/projects/{proj}/envs/{env}/logto/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description key or id of the project */
                proj: string;
                /** @description key or id of the environment */
                env: string;
            };
            cookie?: never;
        };
        /**
         * What Logto delivered and is kept, the latest first, and what became of it.
         * @description Work is on users and organizations: while one waits to be looked at, so do all deliveries about it, and its attempts and error are theirs.
         */
        get: {
            parameters: {
                query?: {
                    /** @description as Logto names it: User.Created */
                    event?: string;
                    outcome?: components["schemas"]["Outcome"];
                    /** @description kind and id: user/k2m3 */
                    subject?: string;
                    /** @description next of an answer */
                    before?: string;
                    limit?: number;
                };
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description One page. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            deliveries: components["schemas"]["Delivery"][];
                            /** @description before of the next page; null if there is none */
                            next: string | null;
                        };
                    };
                };
                400: components["responses"]["Failure"];
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/projects/{proj}/envs/{env}/logto/deliveries/{delivery}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description key or id of the project */
                proj: string;
                /** @description key or id of the environment */
                env: string;
                /** @description id of the delivery */
                delivery: string;
            };
            cookie?: never;
        };
        /** A delivery with what it said. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                    /** @description id of the delivery */
                    delivery: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The delivery. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DeliveryWithPayload"];
                    };
                };
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/projects/{proj}/envs/{env}/logto/deliveries/{delivery}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description key or id of the project */
                proj: string;
                /** @description key or id of the environment */
                env: string;
                /** @description id of the delivery */
                delivery: string;
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Has everything looked at again that a delivery names, as when it came. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                    /** @description id of the delivery */
                    delivery: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It is looked at soon. */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description how many users and organizations are looked at */
                            subjects: number;
                        };
                    };
                };
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
                409: components["responses"]["Failure"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/projects/{proj}/envs/{env}/logto/mapping": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description key or id of the project */
                proj: string;
                /** @description key or id of the environment */
                env: string;
            };
            cookie?: never;
        };
        /** What Logto's organizations, roles and users are in the environment. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The mapping now. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Mapping"];
                    };
                };
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
            };
        };
        /** Replaces the mapping at once; what follows from it is found by a sweep, which begins. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Mapping"];
                };
            };
            responses: {
                /** @description The mapping as it is kept. */
                200: {
                    headers: {
                        /** @description the revision that holds it */
                        "X-Gatehouse-Revision"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Mapping"];
                    };
                };
                400: components["responses"]["Failure"];
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
                413: components["responses"]["Failure"];
                422: components["responses"]["Failure"];
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/projects/{proj}/envs/{env}/logto/mapping/preview": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description key or id of the project */
                proj: string;
                /** @description key or id of the environment */
                env: string;
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What a mapping would give and take, by what Logto says now. Nothing is changed.
         * @description The same mapping asked for again within a minute is answered from what was found: that is how to turn pages. It takes 20 seconds at most; what was looked at until then is told.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        mapping: components["schemas"]["Mapping"];
                        /** @description key of a user: the list begins after it */
                        after?: string;
                        /** @description of the list; 0 or none: 100 */
                        limit?: number;
                    };
                };
            };
            responses: {
                /** @description What would be. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MappingPreview"];
                    };
                };
                400: components["responses"]["Failure"];
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
                413: components["responses"]["Failure"];
                422: components["responses"]["Failure"];
                503: components["responses"]["Failure"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/projects/{proj}/envs/{env}/logto/proof": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description key or id of the project */
                proj: string;
                /** @description key or id of the environment */
                env: string;
            };
            cookie?: never;
        };
        /** Whether what is here of Logto is what Logto has, at the last comparison, and where not. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The last proof. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Proof"];
                    };
                };
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/projects/{proj}/envs/{env}/logto/repair": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description key or id of the project */
                proj: string;
                /** @description key or id of the environment */
                env: string;
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Has everything looked at again that the last proof lists, and a sweep begin. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It begins soon. A proof whose swept_at is asked_at or later has seen it. */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: date-time */
                            asked_at: string;
                            /** @description how many are looked at again before */
                            subjects: number;
                        };
                    };
                };
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/projects/{proj}/envs/{env}/mirror": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description key or id of the project */
                proj: string;
                /** @description key or id of the environment */
                env: string;
            };
            cookie?: never;
        };
        /** How far the account of Permit.io is behind the environment, and why. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The mirror now. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Mirror"];
                    };
                };
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/projects/{proj}/envs/{env}/mirror/letters": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description key or id of the project */
                proj: string;
                /** @description key or id of the environment */
                env: string;
            };
            cookie?: never;
        };
        /** What the account refuses for good, or somebody else has made there. */
        get: {
            parameters: {
                query?: {
                    /** @description kind of the last one of the page before */
                    after_kind?: string;
                    /** @description key of the last one of the page before */
                    after_key?: string;
                    limit?: number;
                };
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description One page, by kind and key. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Letters"];
                    };
                };
                400: components["responses"]["Failure"];
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
                422: components["responses"]["Failure"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/projects/{proj}/envs/{env}/mirror/retry": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description key or id of the project */
                proj: string;
                /** @description key or id of the environment */
                env: string;
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Has what was given up tried again, everything or one thing. */
        post: {
            parameters: {
                query?: {
                    kind?: string;
                    key?: string;
                };
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It begins soon. */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description how many are looked at again */
                            things: number;
                        };
                    };
                };
                400: components["responses"]["Failure"];
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
                422: components["responses"]["Failure"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/projects/{proj}/envs/{env}/mirror/drift": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description key or id of the project */
                proj: string;
                /** @description key or id of the environment */
                env: string;
            };
            cookie?: never;
        };
        /** What the last comparison of everything with the account found, and what a repair would do. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The last comparison since the start. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Drift"];
                    };
                };
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
            };
        };
        put?: never;
        /** Has everything compared with the account. Nothing is mirrored meanwhile. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It begins soon. */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, never>;
                    };
                };
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/projects/{proj}/envs/{env}/mirror/three-way": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description key or id of the project */
                proj: string;
                /** @description key or id of the environment */
                env: string;
            };
            cookie?: never;
        };
        /** What of a user, tenant or other thing is not the same in Logto, in Gatehouse and in the account, by the last comparisons of both. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Both comparisons, joined. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ThreeWay"];
                    };
                };
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/projects/{proj}/envs/{env}/mirror/repair": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description key or id of the project */
                proj: string;
                /** @description key or id of the environment */
                env: string;
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Does what the last comparison says that a repair would do. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It begins soon. */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description how many are looked at again */
                            things: number;
                        };
                    };
                };
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
                409: components["responses"]["Failure"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/projects/{proj}/envs/{env}/shadow": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description key or id of the project */
                proj: string;
                /** @description key or id of the environment */
                env: string;
            };
            cookie?: never;
        };
        /** What comparing checks with the decision point of an account of Permit.io came to, and whether it is safe to switch. */
        get: {
            parameters: {
                query?: {
                    /** @description how many must have agreed */
                    checks?: number;
                    /** @description over how long they must have been asked */
                    hours?: number;
                };
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The comparison now. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Shadow"];
                    };
                };
                400: components["responses"]["Failure"];
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
                422: components["responses"]["Failure"];
                503: components["responses"]["Failure"];
            };
        };
        /** Says which share of the checks is compared, and with what. The decision point is asked once before anything is kept. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ShadowWish"];
                };
            };
            responses: {
                /** @description It is kept, encrypted, and soon in use. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, never>;
                    };
                };
                400: components["responses"]["Failure"];
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
                413: components["responses"]["Failure"];
                422: components["responses"]["Failure"];
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/projects/{proj}/envs/{env}/shadow/forget": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description key or id of the project */
                proj: string;
                /** @description key or id of the environment */
                env: string;
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Forgets what comparing came to, so that it begins anew. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It is forgotten. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, never>;
                    };
                };
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/projects/{proj}/envs/{env}/names": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description key or id of the project */
                proj: string;
                /** @description key or id of the environment */
                env: string;
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** How users are called, for lists that have their keys. It reads, and changes nothing. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description keys of users */
                        users: string[];
                    };
                };
            };
            responses: {
                /** @description Those who are there, by key. Who is unknown or deleted is left out. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            users: {
                                key: string;
                                email: string;
                                first_name: string;
                                last_name: string;
                            }[];
                        };
                    };
                };
                400: components["responses"]["Failure"];
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
                413: components["responses"]["Failure"];
                422: components["responses"]["Failure"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/projects/{proj}/envs/{env}/settings": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description key or id of the project */
                proj: string;
                /** @description key or id of the environment */
                env: string;
            };
            cookie?: never;
        };
        /** Where the environment decides more strictly than Permit. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The settings now. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Settings"];
                    };
                };
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
            };
        };
        /** Replaces all settings at once; decisions from the answer on follow them. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Settings"];
                };
            };
            responses: {
                /** @description The settings as they are kept. */
                200: {
                    headers: {
                        /** @description The revision that holds them; the present one if nothing changed. */
                        "X-Gatehouse-Revision"?: number;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Settings"];
                    };
                };
                400: components["responses"]["Failure"];
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
                413: components["responses"]["Failure"];
                422: components["responses"]["Failure"];
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/projects/{proj}/envs/{env}/logto/sweep": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description key or id of the project */
                proj: string;
                /** @description key or id of the environment */
                env: string;
            };
            cookie?: never;
        };
        /** How far the sweep of Logto is, the first of which is the backfill. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The sweep under way, or the last one; null while Logto is not connected. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Sweep"];
                    };
                };
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
            };
        };
        put?: never;
        /** Has a sweep of Logto begin soon. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It begins soon. A proof whose swept_at is asked_at or later has seen it. */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: date-time */
                            asked_at: string;
                            /** @description how many are looked at again before */
                            subjects: number;
                        };
                    };
                };
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/v1/projects/{proj}/envs/{env}/logto/users/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description key or id of the project */
                proj: string;
                /** @description key or id of the environment */
                env: string;
                /** @description id of the user in Logto */
                user: string;
            };
            cookie?: never;
        };
        /**
         * What Logto's Management API says of a user at this moment. Asks Logto.
         * @description Each is JSON as Logto wrote it, without the values of fields whose names speak of secrets, at most 64 KiB.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description key or id of the project */
                    proj: string;
                    /** @description key or id of the environment */
                    env: string;
                    /** @description id of the user in Logto */
                    user: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What Logto says. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            user: string;
                            /** @description a list, with the user's roles in each */
                            organizations: string;
                            /** @description a list of the first hundred that are held everywhere */
                            roles: string;
                        };
                    };
                };
                401: components["responses"]["Failure"];
                403: components["responses"]["Failure"];
                404: components["responses"]["Failure"];
                409: components["responses"]["Failure"];
                503: components["responses"]["Failure"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        KindCounts: {
            [key: string]: number;
        };
        Mirror: {
            /** @description address and id of the environment there; empty before it has been reached */
            account: string;
            mirrored: string[];
            /** @description of the environment */
            revision: number;
            /** @description commits up to this revision are marked */
            cursor: number;
            /** @description things that wait to be looked at */
            waiting: number;
            /** @description of these, were refused and are tried again */
            refused: number;
            /** @description things that are not tried again until somebody asks */
            given_up: number;
            /** @description of these, things that somebody else has made in the account */
            conflicts: number;
            /**
             * Format: date-time
             * @description when the longest waiting was marked
             */
            oldest: string | null;
            made: components["schemas"]["KindCounts"];
            /** @description how much was marked when everything last was */
            filled: number;
            /** Format: date-time */
            filled_at: string | null;
            limits: {
                [key: string]: {
                    requests: number;
                    seconds: number;
                };
            };
            /**
             * Format: date-time
             * @description the account wants no request before
             */
            paused_until: string | null;
            /** @description why nothing is mirrored; empty if it is */
            error: string;
            /**
             * Format: date-time
             * @description since when it is so
             */
            since: string | null;
        };
        Letters: {
            letters: {
                kind: string;
                key: string;
                reason: string;
                attempts: number;
                /** Format: date-time */
                marked_at: string;
            }[];
        };
        Drift: {
            /** @description a comparison is under way or about to be */
            running: boolean;
            /** @description why the last comparison came to no end */
            error: string;
            /**
             * Format: date-time
             * @description when the last one began; null if there is none since the start
             */
            at: string | null;
            revision: number;
            /** @description there is nothing that a repair would do */
            equal: boolean;
            /** @description things that were not mirrored when it ended, which may explain differences */
            waiting: number;
            here: components["schemas"]["KindCounts"];
            there: components["schemas"]["KindCounts"];
            differences_total: number;
            differences_by_cause: components["schemas"]["KindCounts"];
            /** @description at most a thousand */
            differences: {
                kind: string;
                key: string;
                /** @enum {string} */
                cause: "missing_there" | "differs" | "left_over" | "by_others" | "only_there";
                /** @description what a repair does */
                plan: string;
            }[];
        };
        Session: {
            email: string;
            organization_id: string;
            /**
             * @description where the person reaches furthest: viewer, editor or owner
             * @enum {string}
             */
            access: "read" | "write" | "admin";
            /** @description that the person reaches, oldest first */
            environments: {
                id: string;
                key: string;
                name: string;
                project_id: string;
                /** @enum {string} */
                access: "read" | "write" | "admin";
            }[];
        };
        User: {
            key: string;
            email: string;
            first_name: string;
            last_name: string;
            attributes: {
                [key: string]: unknown;
            };
            /** @description the source suspended the user, who is denied everything */
            suspended: boolean;
            /** @description which keeps the user equal to an account; empty for users made by API */
            source: string;
            /** @description keys of the attributes that the source overwrites, with the names and the address */
            kept_attributes: string[];
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
            assignments_total: number;
            /** @description the oldest */
            assignments: {
                role: string;
                role_name: string;
                tenant: string;
                tenant_name: string;
                /** @description type:key; empty for the whole tenant */
                instance: string;
                /** @description api, and names of sources */
                given_by: string[];
                /** Format: date-time */
                since: string;
            }[];
        };
        Tenant: {
            key: string;
            name: string;
            description: string;
            attributes: {
                [key: string]: unknown;
            };
            /** @description which keeps the tenant equal to an organization; empty for tenants that people made */
            source: string;
            /** @description its id at the source */
            organization: string;
            /** @description the tenant was there before the organization and outlives it */
            adopted: boolean;
            /** @description keys of the attributes that the source overwrites, with the name and the description */
            kept_attributes: string[];
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
        };
        ThreeWay: {
            /** @description both comparisons have found everything equal */
            equal: boolean;
            logto: components["schemas"]["Compared"];
            account: components["schemas"]["Compared"];
            subjects: {
                kind: string;
                key: string;
                /** @description what differs, in the order of a repair: from Logto before the account */
                steps: {
                    /** @enum {string} */
                    between: "logto_gatehouse" | "gatehouse_account";
                    kind: string;
                    key: string;
                    cause: string;
                    /** @description in what it differs from Logto */
                    fields: string[];
                    /** @description what a repair does */
                    plan: string;
                }[];
            }[];
        };
        Compared: {
            /** @description it has come to an end */
            known: boolean;
            /** @description there is nothing that a repair would do */
            equal: boolean;
            /** @description why it is not known */
            why: string;
            /** Format: date-time */
            at: string | null;
            /** @description how many there are; of those from Logto a hundred are listed, of the account a thousand */
            differences_total: number;
        };
        ShadowWish: {
            /** @description of the checks, from 0, nothing, to 1, every check */
            share: number;
            /** @description address of the decision point, as https://pdp.example.com; empty keeps the present one */
            pdp_url?: string;
            /** @description API key that it takes; empty keeps the present one, if the address is the same */
            key?: string;
        };
        Shadow: {
            /** @enum {string} */
            verdict: "safe" | "not_yet" | "unsafe";
            /** @description what is missing or wrong; empty if it is safe */
            why: string[];
            share: number;
            /** @description empty if nothing was ever compared */
            pdp_url: string;
            /**
             * Format: date-time
             * @description when comparing began
             */
            since: string | null;
            /** Format: date-time */
            last_answered_at: string | null;
            /** @description checks that the decision point has answered */
            asked: number;
            agreed: number;
            /** @description differed, and agreed once the mirror had caught up */
            agreed_late: number;
            /** @description differed still */
            disagreed: number;
            /** @description differed, and are asked again */
            asked_again: number;
            /** @description differed, and the account stayed behind */
            unsettled: number;
            /** @description checks that the decision point did not answer */
            failed: number;
            /** @description checks that were not asked, since too many waited */
            dropped: number;
            /** @description why the last check was not answered; empty if it was */
            error: string;
            /** @description how many checks agreed, by the ways in which the environment allows, and those that were denied */
            covered: {
                /** @enum {string} */
                way: "tenant_roles" | "instance_roles" | "derived_roles" | "condition_sets" | "denied";
                agreed: number;
            }[];
            /** @description at most two hundred, those seen last first; one for all questions that are alike */
            disagreements: {
                /** @description names those that are alike */
                shape: string;
                n: number;
                /** Format: date-time */
                first_at: string;
                /** Format: date-time */
                last_at: string;
                /** @description of the environment */
                revision: number;
                /** @description the last of them, as a decision point is asked */
                question: Record<string, never>;
                here: components["schemas"]["Explained"];
                there: components["schemas"]["Explained"];
            }[];
        };
        Explained: {
            allow: boolean;
            /** @description why, as the decision point says it; null if it does not */
            debug: Record<string, never> | null;
        };
        /**
         * @description settled: its subject does not wait; waiting: its subject waits to be looked at; failing: the last look failed; set_aside: it asks nobody to be looked at
         * @enum {string}
         */
        Outcome: "settled" | "waiting" | "failing" | "set_aside";
        Delivery: {
            /** @description hex SHA-256 of the body: the same body is one delivery */
            id: string;
            /** @description as Logto names it: User.Created */
            event: string;
            /** @description what it is about; null if the event names nothing */
            subject: {
                /** @enum {string} */
                kind: "user" | "organization" | "role" | "organization-role" | "scope" | "organization-scope";
                /** @description of Logto */
                id: string;
            } | null;
            /**
             * Format: date-time
             * @description by Logto's clock; null if it does not say
             */
            sent_at: string | null;
            /** Format: date-time */
            received_at: string;
            /** @description how often the same body came */
            copies: number;
            outcome: components["schemas"]["Outcome"];
            /**
             * @description test: somebody tried out the webhook; unknown: an event that this version does not know
             * @enum {string}
             */
            standing: "live" | "test" | "unknown";
            /** @description looks at the subject since the last that succeeded */
            attempts: number;
            /** @description of the last look; empty unless it is failing */
            error: string;
            /**
             * Format: date-time
             * @description when the subject is looked at again; null unless it waits
             */
            due_at: string | null;
        };
        DeliveryWithPayload: {
            /** @description hex SHA-256 of the body: the same body is one delivery */
            id: string;
            /** @description as Logto names it: User.Created */
            event: string;
            /** @description what it is about; null if the event names nothing */
            subject: {
                /** @enum {string} */
                kind: "user" | "organization" | "role" | "organization-role" | "scope" | "organization-scope";
                /** @description of Logto */
                id: string;
            } | null;
            /**
             * Format: date-time
             * @description by Logto's clock; null if it does not say
             */
            sent_at: string | null;
            /** Format: date-time */
            received_at: string;
            /** @description how often the same body came */
            copies: number;
            outcome: components["schemas"]["Outcome"];
            /**
             * @description test: somebody tried out the webhook; unknown: an event that this version does not know
             * @enum {string}
             */
            standing: "live" | "test" | "unknown";
            /** @description looks at the subject since the last that succeeded */
            attempts: number;
            /** @description of the last look; empty unless it is failing */
            error: string;
            /**
             * Format: date-time
             * @description when the subject is looked at again; null unless it waits
             */
            due_at: string | null;
            /** @description JSON as it came, without the values of fields whose names speak of secrets, at most 64 KiB */
            payload: string;
        };
        /** @description Each that is off decides as Permit does. docs/operations.md has examples. */
        Settings: {
            /** @description nothing is permitted on an instance that is stored in another tenant than the question names */
            instances_in_tenant: boolean;
            /** @description rules of condition sets permit only in a tenant in which the user holds a role */
            rules_for_members: boolean;
            /** @description built-in attributes of users and resources are what the environment says, whatever is passed or stored under their names */
            fixed_built_ins: boolean;
            /** @description an operator that is given types it is not made for does not hold */
            typed_comparisons: boolean;
            /** @description what is asked of a missing attribute does not hold */
            missing_denies: boolean;
        };
        /** @enum {string} */
        Kind: "assignment" | "instance" | "invite" | "mapping" | "membership" | "pending" | "resource" | "role" | "rule" | "set" | "settings" | "source_mapping" | "tenant" | "tuple" | "user";
        Changes: {
            changes: {
                /** @description where the change stands */
                cursor: string;
                /** @description of the environment, that holds the change */
                revision: number;
                /** Format: date-time */
                at: string;
                actor: {
                    /** @description of the API key; null for a source */
                    key_id: string | null;
                    /** @description of the API key, null if it is gone; or of the source */
                    name: string | null;
                };
                kind: components["schemas"]["Kind"];
                /** @description the key of the thing; user/role/tenant or user/role/type:key of an assignment, object#relation@subject of a tuple, set/set/resource:action of a rule */
                key: string;
                /**
                 * @description taken is what went with the thing that was deleted
                 * @enum {string}
                 */
                verb: "put" | "delete" | "taken";
                /** @description the thing before; null if it was not there, or if that is not known */
                before: Record<string, never> | null;
                /** @description false if what was before is not kept any more (GATEHOUSE_HISTORY_RETENTION): then null does not say that it was not there */
                before_known: boolean;
                /** @description the thing after; null if it is gone */
                after: Record<string, never> | null;
            }[];
            /** @description cursor of the next page; null if there is none */
            next: string | null;
        };
        Mapping: {
            /** @description whether organizations become tenants */
            organizations: boolean;
            /** @description the ids of those that do; none means all */
            only_organizations: string[];
            /** @description keys of tenants; an organization that is not named has its id for a key. A tenant that is there keeps its key. */
            tenants: {
                /** @description its id */
                organization: string;
                /** @description of the tenant */
                key: string;
            }[];
            organization_roles: components["schemas"]["NamedRoles"];
            global_roles: components["schemas"]["NamedRoles"];
            /** @description where roles that are held everywhere are given; empty: default */
            global_tenant: string;
            /** @description they are given in all tenants of the user's organizations instead */
            global_everywhere: boolean;
            /** @description whether Logto's roles become roles by themselves; without it they do not */
            roles?: {
                /**
                 * @description they do, under the keys that they are called here; of a role that people made nothing is changed
                 * @default false
                 */
                create: boolean;
                /**
                 * @description how scopes are called that are permissions: `action:resource` or `resource:action`, with one of `:`, `.` and `/` between the two; empty: scopes are no permissions
                 * @default
                 */
                scopes: string;
            };
            /** @description roles by what is true of a user, for as long as it is; docs/mapping.md has the expressions */
            rules: {
                /** @description part of the giver: logto:rule:name */
                name: string;
                /** @description CEL: true or false */
                condition: string;
                /** @description keys of roles that are here */
                roles: string[];
                /** @description the condition is asked for each organization of the user; without tenants and tenants_from the roles are given in its tenant */
                each_organization?: boolean;
                /** @description keys of the tenants to give the roles in */
                tenants?: string[];
                /** @description CEL, instead of tenants: a key, or a list of them */
                tenants_from?: string;
            }[];
            attributes: components["schemas"]["MappedAttributes"];
            tenant_attributes: components["schemas"]["MappedAttributes"];
        };
        /** @description attributes beside those that are always there; docs/mapping.md has the names */
        MappedAttributes: {
            /** @description of the attribute */
            key: string;
            /** @description dotted names in Logto's record, as customData.plan; what is not there is null */
            path?: string;
            /** @description CEL, instead of path */
            expression?: string;
        }[];
        MappingPreview: {
            /** @description lines on how it differs from the mapping that is; none: it does not */
            changes: string[];
            /** Format: date-time */
            at: string;
            /**
             * @description what Logto has; what its webhooks told of the users that are here; or nothing is known of a Logto
             * @enum {string}
             */
            from: "source" | "payloads" | "nothing";
            /** @description everybody was looked at */
            whole: boolean;
            /** @description not whole */
            why: string;
            /** @description looked at */
            users: number;
            users_changed: number;
            /** @description memberships and roles */
            given: number;
            taken: number;
            /** @description users with other attributes */
            attributes_changed: number;
            /** @description expressions that fail for somebody and give nothing */
            failing: number;
            /** @description at most 100 */
            tenants_made: string[];
            tenants_made_total: number;
            /** @description at most 100 */
            tenants_let_go: string[];
            tenants_let_go_total: number;
            /** @description what would become of roles */
            roles: {
                made: string[];
                /** @description those that Logto made, with other names or permissions */
                changed: string[];
                removed: string[];
                /** @description what of Logto's roles and scopes is not kept here, and why */
                notes: string[];
            };
            /** @description users by key, the first 10,000 of them */
            list: {
                user: string;
                given: components["schemas"]["Gifts"];
                taken: components["schemas"]["Gifts"];
                /** @description what would be another */
                attributes: string[];
                failing: components["schemas"]["FailedExpressions"];
            }[];
            /** @description after of the next page; empty: there is none */
            next: string;
        };
        Gifts: {
            /** @description empty: the membership */
            role: string;
            tenant: string;
            /** @description logto:organization, logto:role, or logto:rule: and the rule's name */
            by: string;
        }[];
        FailedExpressions: {
            user: string;
            /** @description as rule staff, or attribute plan */
            expression: string;
            why: string;
        }[];
        /** @description what roles of Logto are here; one that is not named has its name for a key */
        NamedRoles: {
            /** @description as Logto has it */
            name: string;
            /** @description key of the role here; empty: it gives nothing */
            role: string;
        }[];
        /** @description What the last sweep saw of Logto against what is here. Both are counted and hashed alone; what differs is asked for again before it is told. It is kept over restarts. */
        Proof: {
            /** @enum {string} */
            verdict: "equal" | "different" | "unknown";
            /** @description why nothing may be claimed; empty unless that is unknown */
            why: string;
            /**
             * Format: date-time
             * @description beginning of the sweep that saw Logto
             */
            swept_at: string | null;
            /**
             * Format: date-time
             * @description of the comparison
             */
            at: string | null;
            /**
             * Format: date-time
             * @description of the last comparison that found everything equal
             */
            last_equal_at: string | null;
            logto: components["schemas"]["ProofSide"];
            here: components["schemas"]["ProofSide"];
            differences_total: number;
            differences: {
                /** @enum {string} */
                kind: "user" | "organization" | "role";
                /** @description of Logto; the key here of a role, which is compared where the mapping makes roles */
                id: string;
                /** @enum {string} */
                cause: "missing_here" | "not_in_source" | "differs" | "unreadable";
                /** @description in what, or why it cannot be read; empty until it has been asked for again */
                fields: string[];
            }[];
            /** @description expressions of the mapping that could not be evaluated for users that the sweep saw, and gave nothing */
            failing_total: number;
            failing: components["schemas"]["FailedExpressions"];
            /** @description assignments that wait for a role or tenant that is not here; kept as Logto has them, so no differences */
            waiting_total: number;
            waiting: {
                user: string;
                role: string;
                tenant: string;
            }[];
            /** @description subjects that are not what the sweep saw, and were equal when asked for again */
            changed_since_sweep: number;
            /** @description subjects that waited to be looked at; while there are, differences may be no more than that */
            unsettled: number;
            /** @description what came of Logto's own log of its deliveries, since it was first read; null if it has not been read */
            delivery_log: {
                /**
                 * Format: date-time
                 * @description of the last reading
                 */
                at: string;
                /** @description Logto has a webhook with our signing key */
                webhook_found: boolean;
                /** @description deliveries that Logto tried */
                tried: number;
                /** @description of these, received */
                received: number;
                /** @description of these, not received, and taken from the log */
                repaired: number;
                /** @description why the last reading failed; empty if it did not */
                error: string;
            } | null;
        };
        ProofSide: {
            users: number;
            /** @description of the users */
            suspended: number;
            organizations: number;
            memberships: number;
            /** @description given to users, in organizations and everywhere */
            roles: number;
            /** @description over users with suspension, memberships and roles, and organizations, in any order; empty if nothing was compared */
            hash: string;
        };
        /** @description How far the sweep under way is, or what the last one found; null if the source is not swept. The first sweep of a directory that is empty is the backfill. */
        Sweep: {
            /**
             * @description empty if none is under way
             * @enum {string}
             */
            phase: "" | "templates" | "organizations" | "roles" | "users" | "kept";
            /** Format: date-time */
            started_at: string | null;
            /** @description looked at */
            users: number;
            /** @description looked at, with their members */
            organizations: number;
            /** @description by Logto's own count when the sweep began */
            users_total: number;
            /** @description likewise */
            organizations_total: number;
            /** @description users and organizations that are still to be looked at */
            remaining: number;
            /** @description how much is done; 100 only if nothing remains */
            percent: number;
            /** @description subjects that differed and wait to be reconciled */
            found: number;
            /** @description every list held still long enough to be sure that nothing was missed */
            whole: boolean;
            /** @description why it did not come to its end; empty if it did */
            error: string;
            completed_since_start: number;
            /**
             * Format: date-time
             * @description end of the last that came to its end
             */
            completed_at: string | null;
            /** @description how long that one took */
            completed_seconds: number;
            /** @description what of Logto's roles and scopes is not kept here, and why, where the mapping has its roles created */
            roles_not_kept: string[];
        } | null;
        Status: {
            sources: {
                /** @example logto */
                name: string;
                deliveries_since_start: {
                    /** @description kept, tests and unknown events among them */
                    accepted: number;
                    /** @description the same body again */
                    duplicate: number;
                    /** @description answered 4xx and not kept */
                    refused: number;
                };
                /**
                 * Format: date-time
                 * @description when the last delivery was kept, tests and what was taken from Logto's log among them
                 */
                last_delivery_at: string | null;
                sweep: components["schemas"]["Sweep"];
                /** @description null if the source is not swept */
                proof: components["schemas"]["Proof"] | null;
            }[];
            work: {
                /** @description subjects that wait to be looked at */
                waiting: number;
                /** @description subjects whose last look failed */
                failing: number;
                /**
                 * Format: date-time
                 * @description when the longest waiting was asked for
                 */
                oldest: string | null;
                /** @description the subjects that failed most often, at most ten */
                worst: {
                    kind: string;
                    /** @description environment, source, kind and id of the subject */
                    key: string;
                    attempts: number;
                    error: string;
                    /**
                     * Format: date-time
                     * @description when it is tried again
                     */
                    due_at: string;
                }[];
            };
            /** @description assignments that wait for their role or tenant to exist */
            pending_assignments: {
                user: string;
                role: string;
                tenant: string;
                /** @description who gives it, sorted: all of them when it no longer waits */
                given_by: string[];
                /** Format: date-time */
                since: string;
            }[];
            /** @description null if decisions are not recorded */
            decision_log: {
                /** @description times of which decisions are missing in the log, latest first, at most ten */
                gaps: {
                    /** Format: date-time */
                    from: string;
                    /** Format: date-time */
                    to: string;
                    /** @description answers that are not recorded; others of that time may be */
                    missed: number;
                }[];
            } | null;
        };
    };
    responses: {
        /** @description Why not. */
        Failure: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    error: string;
                };
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
