// Written by npm run types. Do not edit.

export interface paths {
    "/v2/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Projects, oldest first. */
        get: {
            parameters: {
                query?: {
                    page?: number;
                    per_page?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What there is. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Project"][];
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
    "/v2/facts/{proj}/{env}/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Users of the environment. */
        get: {
            parameters: {
                query?: {
                    search?: string;
                    role?: string;
                    page?: number;
                    per_page?: number;
                };
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What there is. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["User"][];
                            total_count: number;
                            page_count: number;
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
    "/v2/facts/{proj}/{env}/tenants/{tenant}/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Users of a tenant. */
        get: {
            parameters: {
                query?: {
                    search?: string;
                    role?: string;
                    page?: number;
                    per_page?: number;
                };
                header?: never;
                path: {
                    proj: string;
                    env: string;
                    tenant: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What there is. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["User"][];
                            total_count: number;
                            page_count: number;
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
    "/v2/facts/{proj}/{env}/tenants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tenants; the form with a total is asked for by include_total_count. */
        get: {
            parameters: {
                query: {
                    search?: string;
                    include_total_count: true;
                    page?: number;
                    per_page?: number;
                };
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What there is. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["Tenant"][];
                            total_count: number;
                            page_count: number;
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
    "/v2/facts/{proj}/{env}/resource_instances": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Instances of resources; the form with a total is asked for by include_total_count. */
        get: {
            parameters: {
                query: {
                    search?: string;
                    tenant?: string;
                    resource?: string;
                    include_total_count: true;
                    page?: number;
                    per_page?: number;
                };
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What there is. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["Instance"][];
                            total_count: number;
                            page_count: number;
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
    "/v2/facts/{proj}/{env}/role_assignments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives a user a role, in a tenant or on a resource instance. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody: components["requestBodies"]["Assignment"];
            responses: {
                /** @description What the user holds. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Assignment"];
                    };
                };
            };
        };
        /** Takes a role away, whoever gave it. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody: components["requestBodies"]["Assignment"];
            responses: {
                /** @description Gone. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/schema/{proj}/{env}/roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Roles held in tenants. */
        get: {
            parameters: {
                query?: {
                    page?: number;
                    per_page?: number;
                };
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What there is. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Role"][];
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
    "/v2/schema/{proj}/{env}/bulk/roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Replaces what roles may, all in one commit. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RolesEdit"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RolesEdited"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/schema/{proj}/{env}/resources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Types of resources with their actions. */
        get: {
            parameters: {
                query?: {
                    page?: number;
                    per_page?: number;
                };
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What there is. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Resource"][];
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
    "/v2/pdps/{proj}/{env}/audit_logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Decisions, latest first. */
        get: {
            parameters: {
                query?: {
                    users?: string;
                    resources?: string;
                    tenant?: string;
                    action?: string;
                    decision?: boolean;
                    timestamp_from?: number;
                    timestamp_to?: number;
                    page?: number;
                    per_page?: number;
                };
                header?: never;
                path: {
                    proj: string;
                    env: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What there is. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["Decision"][];
                            total_count: number;
                            page_count: number;
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
    "/allowed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** May this user do this? With X-Gatehouse-Explain the answer says why. */
        post: {
            parameters: {
                query?: never;
                header?: {
                    "X-Gatehouse-Explain"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Question"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Answer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/user-permissions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What may this user do? */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PermissionsQuestion"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Permissions"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/authorized_users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Who may do this? */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UsersQuestion"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AuthorizedUsers"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Members of the organization, with what is granted to them. */
        get: {
            parameters: {
                query?: {
                    page?: number;
                    per_page?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What there is. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Member"][];
                    };
                };
            };
        };
        put?: never;
        /** Makes a member, or grants more to one. */
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
                        email: string;
                        permissions: {
                            organization_id: string;
                            /** @enum {string} */
                            object_type: "org";
                            /** @enum {string} */
                            access_level: "admin" | "write" | "read";
                        }[];
                    };
                };
            };
            responses: {
                /** @description The member. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Member"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/members/{member}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Removes a member, who is signed out. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    member: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Gone. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/api-key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** API keys that the caller reaches. */
        get: {
            parameters: {
                query?: {
                    page?: number;
                    per_page?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What there is. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["Key"][];
                            total_count: number;
                            page_count: number;
                        };
                    };
                };
            };
        };
        put?: never;
        /** Makes an API key. Its secret is in this answer and in no other. */
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
                        organization_id: string;
                        project_id?: string;
                        environment_id?: string;
                        /** @enum {string} */
                        object_type: "env" | "project" | "org";
                        /** @enum {string} */
                        access_level: "admin" | "write" | "read";
                        name: string;
                    };
                };
            };
            responses: {
                /** @description The key. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Key"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/api-key/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revokes an API key. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    key: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It opens nothing any more. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Assignment: {
            id: string;
            user: string;
            role: string;
            tenant: string;
            resource_instance?: string | null;
        };
        Project: {
            id: string;
            key: string;
            name: string;
        };
        Member: {
            id: string;
            email: string;
            /** Format: date-time */
            created_at: string;
            grants: {
                /** @enum {string} */
                object_type: "org" | "project" | "env";
                /** @enum {string} */
                access_level: "admin" | "write" | "read" | "no_access";
                project_key: string | null;
                environment_key: string | null;
            }[];
        };
        Key: {
            id: string;
            organization_id: string;
            project_id: string | null;
            environment_id: string | null;
            /** @enum {string} */
            object_type: "org" | "project" | "env";
            /** @enum {string} */
            access_level: "admin" | "write" | "read" | "no_access";
            name: string | null;
            /** @description when the key is made; of an environment's own key always, if it can be shown */
            secret: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_used_at: string | null;
            env: {
                name: string;
            } | null;
        };
        User: {
            key: string;
            id: string;
            email: string | null;
            first_name: string | null;
            last_name: string | null;
            attributes: {
                [key: string]: unknown;
            } | null;
            /** Format: date-time */
            created_at: string;
            roles: {
                role: string;
                tenant: string;
            }[];
        };
        Tenant: {
            key: string;
            id: string;
            name: string;
            description: string | null;
            attributes: {
                [key: string]: unknown;
            } | null;
            /** Format: date-time */
            created_at: string;
        };
        Instance: {
            key: string;
            id: string;
            tenant: string;
            resource: string;
            attributes: {
                [key: string]: unknown;
            } | null;
            /** Format: date-time */
            created_at: string;
        };
        Role: {
            key: string;
            id: string;
            name: string;
            description: string | null;
            /** @description resource:action */
            permissions: string[];
            extends: string[];
        };
        RolesEdit: {
            operations: {
                key: string;
                name: string;
                description?: string;
                permissions: string[];
                extends?: string[];
            }[];
        };
        RolesEdited: Record<string, never>;
        Resource: {
            key: string;
            id: string;
            name: string;
            description: string | null;
            actions: {
                [key: string]: {
                    key: string;
                    name: string;
                };
            };
            roles: {
                [key: string]: {
                    key: string;
                    name: string;
                };
            } | null;
        };
        Decision: {
            id: string;
            timestamp: string;
            /** @description check, or the kind of list */
            query: string;
            user_key: string | null;
            resource_type: string | null;
            tenant: string | null;
            action: string | null;
            decision: boolean | null;
            reason: string | null;
            input: {
                resource?: {
                    type?: string;
                    key?: string;
                };
            };
        };
        Named: {
            key: string;
            attributes?: {
                [key: string]: unknown;
            };
        };
        Thing: {
            type: string;
            /** @description of an instance */
            key?: string;
            tenant?: string;
            attributes?: {
                [key: string]: unknown;
            };
        };
        Question: {
            user: components["schemas"]["Named"];
            action: string;
            resource: components["schemas"]["Thing"];
            context?: {
                [key: string]: unknown;
            };
        };
        UsersQuestion: {
            action: string;
            resource: components["schemas"]["Thing"];
            context?: {
                [key: string]: unknown;
            };
        };
        PermissionsQuestion: {
            user: components["schemas"]["Named"];
            context?: {
                [key: string]: unknown;
            };
        };
        Verdict: {
            allow: boolean;
            code: string;
            reason: string;
            settings?: string[];
            matching_usersets?: string[];
            matching_resourcesets?: string[];
        };
        Answer: {
            allow: boolean;
            debug?: {
                rbac?: components["schemas"]["Verdict"] & {
                    allowing_roles?: string[];
                };
                abac?: components["schemas"]["Verdict"] & {
                    allowing_rules?: {
                        userset?: string;
                        role?: string;
                        resourceset?: string;
                        resource_type?: string;
                    }[];
                };
                rebac?: components["schemas"]["Verdict"] & {
                    allowing_roles?: {
                        resource: string;
                        role: string;
                        reason: string;
                        sources: {
                            /** @enum {string} */
                            type: "role_assignment" | "role_derivation";
                            role: string;
                            resource: string;
                            relation?: string;
                        }[];
                    }[];
                };
            };
        };
        /** @description by __tenant: and a tenant, or by an instance */
        Permissions: {
            [key: string]: {
                tenant: components["schemas"]["Named"];
                resource?: {
                    key: string;
                    type: string;
                };
                permissions: string[];
                roles: string[];
            };
        };
        AuthorizedUsers: {
            resource: string;
            tenant: string;
            users: {
                [key: string]: {
                    user: string;
                    tenant: string;
                    resource: string;
                    role: string;
                }[];
            };
        };
    };
    responses: never;
    parameters: never;
    requestBodies: {
        Assignment: {
            content: {
                "application/json": {
                    user: string;
                    role: string;
                    tenant?: string;
                    /** @description type:key; of a role of a resource */
                    resource_instance?: string;
                };
            };
        };
    };
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
