export default {
  serverExternalPackages: ['permitio'], // its logger starts workers, which a bundle loses
  poweredByHeader: false,
};
