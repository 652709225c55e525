// How much a light at the eye shows of a surface; `shading` 0 leaves colours as they are.
uniform float shading;

float headlight(vec3 normal, vec3 to_eye) {
    if (shading <= 0.0) return 1.0;
    return mix(1.0, abs(dot(normalize(normal), normalize(to_eye))), shading);
}
