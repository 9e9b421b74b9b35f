using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// Fields for a plan that has none, as the worker places them: around the PTV, at the angles of the network's card.
    /// Static open ones, which take an optimal fluence.
    /// </summary>
    public sealed class NewFields
    {
        private readonly List<JsonObject> _fields;
        private readonly VVector _isocentre;
        private readonly MachineBeam _beam;

        /// <summary>Takes what the worker says.</summary>
        /// <param name="offered">The result of a "fields" job.</param>
        /// <param name="beam">Machine, energy and dose rate.</param>
        public NewFields(JsonObject offered, MachineBeam beam)
        {
            double[] at = offered.Numbers("isocentre_mm");
            _fields = offered.Objects("fields");
            _isocentre = new VVector(at[0], at[1], at[2]);
            _beam = beam;
            Target = offered.Text("target");
        }

        /// <summary>Id of the structure that they are placed around.</summary>
        public string Target { get; private set; }

        /// <summary>Their names.</summary>
        public List<string> Names
        {
            get { return _fields.Select(field => field.Text("name")).ToList(); }
        }

        /// <summary>Number, angles, energy, machine and isocentre, in coordinates as the user sees them.</summary>
        public string Described(PlanSetup plan)
        {
            VVector at = plan.StructureSet.Image.DicomToUser(_isocentre, plan);
            return string.Format(
                CultureInfo.InvariantCulture,
                "{0} fields of {1}, {2}, {3} MU/min, at gantry {4} degrees, isocentre ({5:0.0}, {6:0.0}, {7:0.0}) cm in the middle of {8}, "
                    + "jaws around it",
                _fields.Count,
                _beam.Machine,
                _beam.Energy,
                _beam.DoseRate,
                string.Join(", ", _fields.Select(field => field.Number("gantry_deg").ToString("0.#", CultureInfo.InvariantCulture))),
                at.x / 10,
                at.y / 10,
                at.z / 10,
                Target);
        }

        /// <summary>Gives a plan these fields in place of those that it has: set-up fields, with an isocentre of their own.</summary>
        /// <param name="copy">The copy of a plan; it is changed.</param>
        /// <exception cref="RefusedException">Eclipse does not take them.</exception>
        public void AddTo(ExternalPlanSetup copy)
        {
            try
            {
                foreach (Beam setup in copy.Beams.ToList())
                {
                    copy.RemoveBeam(setup);
                }
                foreach (JsonObject field in _fields)
                {
                    VRect<double> jaws = new VRect<double>(
                        field.Number("x1_mm"), field.Number("y1_mm"), field.Number("x2_mm"), field.Number("y2_mm"));
                    Beam beam = copy.AddStaticBeam(_beam.Parameters(), jaws, 0, field.Number("gantry_deg"), 0, _isocentre);
                    beam.Id = field.Text("name");
                }
            }
            catch (Exception error)
            {
                // What Eclipse throws for a machine or an energy that it has not is not documented.
                throw new RefusedException("Eclipse must take the new fields (" + _beam.Machine + ", " + _beam.Energy + ", "
                    + _beam.DoseRate + " MU/min), it does not: choose others with 'esapi-bridge scripts install'", error);
            }
        }
    }
}
