using System.Drawing;
using System.Linq;
using System.Windows.Forms;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.MockEclipse
{
    /// <summary>The open plan: one line about it, a plane of CT and dose, its beams.</summary>
    public sealed class PlanPanel : Panel
    {
        private static readonly string[] Columns =
        {
            "Beam", "Energy", "Gantry", "Collimator", "X1 / X2 [mm]", "Y1 / Y2 [mm]", "MU", "Leaves", "Fluence"
        };

        private static readonly int[] Widths = { 80, 65, 115, 74, 90, 90, 60, 115, 60 };

        private readonly Label _line = new Label();
        private readonly SliceView _view = new SliceView();
        private readonly ListView _beams = new ListView();

        /// <summary>Makes an empty panel.</summary>
        public PlanPanel()
        {
            _line.Dock = DockStyle.Top;
            _line.Height = 30;
            _line.TextAlign = ContentAlignment.MiddleLeft;
            _view.Dock = DockStyle.Fill;
            _beams.Dock = DockStyle.Bottom;
            _beams.Height = 150;
            _beams.View = System.Windows.Forms.View.Details;
            _beams.FullRowSelect = true;
            for (int n = 0; n < Columns.Length; n++)
            {
                _beams.Columns.Add(Columns[n], Widths[n]);
            }
            Controls.Add(_view);
            Controls.Add(_line);
            Controls.Add(_beams);
            Show(null);
        }

        /// <summary>Shows a plan; null for none.</summary>
        public void Show(ExternalPlanSetup plan)
        {
            _beams.Items.Clear();
            if (plan == null)
            {
                _line.Text = "No plan is open.";
                _view.Show(null, 0);
                return;
            }
            _line.Text = PlanLine.Of(plan);
            foreach (Beam beam in plan.Beams)
            {
                _beams.Items.Add(new ListViewItem(PlanLine.Of(beam)));
            }
            SlicePicture picture = new SlicePicture(plan.StructureSet.Image, plan.Dose);
            Beam first = plan.Beams.FirstOrDefault();
            int plane = first != null ? picture.PlaneAt(first.IsocenterPosition)
                : plan.Dose != null ? picture.PlaneAt(plan.Dose.DoseMax3DLocation) : picture.Planes / 2;
            _view.Show(picture, plane);
        }
    }
}
