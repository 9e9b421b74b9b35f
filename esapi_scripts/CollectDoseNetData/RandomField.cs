using System;
using System.Globalization;
using System.Linq;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// A random open field as in Dong and Xing 2020 (section 2.1): isocentre in the body, fields of 2 to 20 cm, any gantry and
    /// collimator angle, 100 MU.
    /// </summary>
    public sealed class RandomField : WantedField
    {
        private const double SmallestMm = 20, LargestMm = 200;

        /// <summary>Share of a field on the one side of its axis: at least this, at most the rest.</summary>
        private const double LeastShare = 0.15;

        private const double DefaultMetersetMu = 100;
        private readonly RandomFields _fields;
        private readonly Draws _draws;

        /// <summary>Makes the field of a number.</summary>
        /// <param name="fields">What all of them have in common.</param>
        /// <param name="number">Its number, from 0.</param>
        public RandomField(RandomFields fields, int number)
            : base("random-" + number.ToString("0000", CultureInfo.InvariantCulture), "random", null)
        {
            _fields = fields;
            _draws = new Draws(fields.Seed + " " + Name);
        }

        /// <inheritdoc/>
        public override ExternalPlanSetup Make(ResearchCourse course)
        {
            VVector isocentre = _fields.Body.Draw(_draws);
            double[] x = Jaws(), y = Jaws();
            double gantry = Angle(), collimator = Angle();
            ExternalPlanSetup plan = _fields.Template == null ? Fresh(course) : course.AddCopy(_fields.Template, CollectionPlans.IdOf);
            foreach (Beam beam in plan.Beams.ToList())
            {
                plan.RemoveBeam(beam);
            }
            plan.AddStaticBeam(_fields.Beam.Parameters(), new VRect<double>(x[0], y[0], x[1], y[1]), collimator, gantry, 0, isocentre);
            return plan;
        }

        /// <inheritdoc/>
        public override double MetersetMu()
        {
            return DefaultMetersetMu;
        }

        /// <summary>A plan without beams, with a prescription: without one Eclipse has no absolute dose.</summary>
        private ExternalPlanSetup Fresh(ResearchCourse course)
        {
            ExternalPlanSetup plan = course.AddEmptyPlan(_fields.Structures, CollectionPlans.IdOf);
            try
            {
                plan.SetPrescription(1, new DoseValue(1, DoseValue.DoseUnit.Gy), 1);
            }
            catch (Exception)
            {
                // The system's unit may be cGy; what Eclipse throws is not documented.
                plan.SetPrescription(1, new DoseValue(100, DoseValue.DoseUnit.cGy), 1);
            }
            return plan;
        }

        private double[] Jaws()
        {
            double size = Math.Round(_draws.Next(SmallestMm, LargestMm));
            double first = -Math.Round(size * _draws.Next(LeastShare, 1 - LeastShare));
            return new[] { first, first + size };
        }

        private double Angle()
        {
            return Math.Round(_draws.Next(0, 360), 1) % 360;
        }
    }

    /// <summary>What the random fields of a patient have in common.</summary>
    public sealed class RandomFields
    {
        /// <summary>Decides them, together with their names.</summary>
        public string Seed { get; set; }

        /// <summary>Where isocentres may lie.</summary>
        public BodyOutline Body { get; set; }

        /// <summary>Machine, energy and dose rate.</summary>
        public MachineBeam Beam { get; set; }

        /// <summary>The structure set.</summary>
        public StructureSet Structures { get; set; }

        /// <summary>
        /// The plan whose copy, without its beams, gets each field; null for plans without a history. Eclipse 15 calculates for
        /// a script only plans that have had a dose.
        /// </summary>
        public ExternalPlanSetup Template { get; set; }
    }
}
