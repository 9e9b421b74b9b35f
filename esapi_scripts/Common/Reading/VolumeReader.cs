using System;
using System.Collections.Generic;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.Scripts
{
    /// <summary>Pulls whole volumes out of Eclipse into a case folder: one call a plane, into one buffer.</summary>
    public sealed class VolumeReader
    {
        private readonly CaseFolder _folder;
        private readonly Progress _progress;

        /// <summary>Makes a reader.</summary>
        public VolumeReader(CaseFolder folder, Progress progress)
        {
            _folder = folder;
            _progress = progress;
        }

        /// <summary>Reads the CT in HU; returns the "ct" part of case.json.</summary>
        public Dictionary<string, object> Ct(Image image)
        {
            // How Eclipse stores a CT differs (offset 1000, 1024, none); its own conversion is the only authority.
            LinearScale scale = LinearScale.Probe(image.VoxelToDisplayValue);
            return Read("ct", "reading CT", EsapiGeometry.Of(image), scale, image.GetVoxels);
        }

        /// <summary>Reads the dose of the whole plan; returns the "plan_dose" part of case.json.</summary>
        public Dictionary<string, object> PlanDose(PlanSetup plan)
        {
            Dose dose = plan.Dose;
            LinearScale scale = DoseScales.OfPlan(plan, dose);
            Dictionary<string, object> part = Read("plan_dose", "reading plan dose", EsapiGeometry.Of(dose), scale, dose.GetVoxels);
            return WithOrigin(part, "PLAN", null, plan);
        }

        /// <summary>Reads the dose of one beam; returns an entry of the "beam_doses" of case.json.</summary>
        public Dictionary<string, object> BeamDose(Beam beam, PlanSetup plan)
        {
            BeamDose dose = beam.Dose;
            LinearScale scale = DoseScales.OfBeam(dose, plan.NumberOfFractions.Value);
            string name = "beam_dose_" + beam.BeamNumber;
            string step = "reading dose of beam " + beam.BeamNumber;
            Dictionary<string, object> part = Read(name, step, EsapiGeometry.Of(dose), scale, dose.GetVoxels);
            return WithOrigin(part, "BEAM", beam.BeamNumber, plan);
        }

        /// <summary>
        /// Reads the dose of one beam in one fraction, Gy, times a factor, into an array of this name; returns its "grid".
        /// </summary>
        public object FieldDose(string name, string step, Beam beam, double factor)
        {
            BeamDose dose = beam.Dose;
            LinearScale scale = DoseScales.OfBeam(dose, 1).Times(factor);
            return Read(name, step, EsapiGeometry.Of(dose), scale, dose.GetVoxels)["grid"];
        }

        private static Dictionary<string, object> WithOrigin(
            Dictionary<string, object> part, string kind, int? beam, PlanSetup plan)
        {
            part["kind"] = kind;
            part["beam_number"] = beam;
            part["algorithm"] = plan.PhotonCalculationModel;
            part["medium"] = null; // ESAPI does not say
            return part;
        }

        private Dictionary<string, object> Read(
            string name, string step, Lattice lattice, LinearScale scale, Action<int, int[,]> getVoxels)
        {
            int[] shape = lattice.Shape;
            PlaneBuffer buffer = new PlaneBuffer(shape[2], shape[1]);
            Dictionary<string, object> array = _folder.AddPlanes(name, shape, delegate(int k, byte[] bytes)
            {
                _progress.Report(step, k, shape[0]);
                getVoxels(k, buffer.Counts);
                buffer.ToBytes(scale, bytes);
            });
            return new Dictionary<string, object> { { "array", array }, { "grid", lattice.ToJson() } };
        }
    }
}
