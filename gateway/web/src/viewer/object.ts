/** Clouds of points and solid objects, to be turned round. */
import {
  AmbientLight, Box3, BufferAttribute, BufferGeometry, DirectionalLight, Group, LineBasicMaterial, LineSegments, Mesh, MeshStandardMaterial,
  PerspectiveCamera, Points, PointsMaterial, Scene, Sphere, Vector3, WebGLRenderer, type Object3D,
} from 'three'
import { OrbitControls } from 'three/addons/controls/OrbitControls.js'
import { GLTFLoader } from 'three/addons/loaders/GLTFLoader.js'
import { OBJLoader } from 'three/addons/loaders/OBJLoader.js'
import { STLLoader } from 'three/addons/loaders/STLLoader.js'
import type { Form } from '../media/viewing'
import { cloudOf, read, type Cloud } from './reading'

const POINT_PX = 2.5

export async function draw(place: HTMLElement, form: Form, bytes: ArrayBuffer): Promise<void> {
  const thing = await made(form, bytes)
  const around = new Box3().setFromObject(thing).getBoundingSphere(new Sphere())
  if (!(around.radius >= 0)) throw new Error('nothing to see')
  show(place, thing, around)
}

async function made(form: Form, bytes: ArrayBuffer): Promise<Object3D> {
  switch (form) {
    case 'pts.json':
      return pointsOf(cloudOf(read(bytes)))
    case 'obj':
      return new OBJLoader().parse(new TextDecoder().decode(bytes))
    case 'stl':
      return new Mesh(new STLLoader().parse(bytes), new MeshStandardMaterial({ color: 0x7a90a8 }))
    default:
      return (await new GLTFLoader().parseAsync(bytes, '')).scene
  }
}

function pointsOf({ places, colors, lines, lineColors }: Cloud): Object3D {
  const both = (one: Float32Array, other: Float32Array): BufferGeometry =>
    new BufferGeometry().setAttribute('position', new BufferAttribute(one, 3)).setAttribute('color', new BufferAttribute(other, 3))
  const found = new Group()
  if (places.length > 0) found.add(new Points(both(places, colors), new PointsMaterial({ size: POINT_PX, sizeAttenuation: false, vertexColors: true })))
  if (lines.length > 0) found.add(new LineSegments(both(lines, lineColors), new LineBasicMaterial({ vertexColors: true })))
  return found
}

/** Drawn when something moved, and not otherwise. */
function show(place: HTMLElement, thing: Object3D, around: Sphere): void {
  const renderer = new WebGLRenderer({ antialias: true, alpha: true })
  place.append(renderer.domElement)
  const far = Math.max(around.radius, 1e-6)
  const camera = new PerspectiveCamera(45, 1, far / 100, far * 100)
  camera.position.copy(around.center).add(new Vector3(1, 0.8, 1.4).normalize().multiplyScalar(far * 2.8))
  const light = new DirectionalLight(0xffffff, 2)
  camera.add(light)
  const scene = new Scene()
  scene.add(thing, camera, new AmbientLight(0xffffff, 1.2))
  const render = () => renderer.render(scene, camera)
  const controls = new OrbitControls(camera, renderer.domElement)
  controls.target.copy(around.center)
  controls.addEventListener('change', render)
  const fit = () => {
    const { clientWidth: width, clientHeight: height } = place
    renderer.setPixelRatio(window.devicePixelRatio)
    renderer.setSize(width, height, false)
    camera.aspect = width / Math.max(1, height)
    camera.updateProjectionMatrix()
    render()
  }
  window.addEventListener('resize', fit)
  controls.update()
  fit()
}
